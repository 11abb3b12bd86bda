import { describe, expect, it } from 'vitest'
import { defineBackend } from '../src/backend/define-backend.js'
import { HOST, type Stream } from '../src/backend/device.js'
import type { BoundProblem } from '../src/backend/plan.js'
import type { CaseResult } from '../src/conformance/run-case.js'
import { runConformance } from '../src/conformance/run-conformance.js'
import { reference } from '../src/reference/reference.js'
import type { DeviceTensor, HostTensor } from '../src/tensor/tensor.js'
import { FakeDevice, type FakeTensor } from './fakes/fake-device.js'

/** A device whose stream computes with the reference, some time after the work was enqueued. */
class ReferenceDevice extends FakeDevice {
  work: Promise<void> = Promise.resolve()
  override readonly defaultStream: Stream = {
    ...this.createStream(0n),
    synchronize: () => this.work,
  }
}

function onHost(bound: BoundProblem<DeviceTensor>): BoundProblem<HostTensor> {
  const moved = Object.entries(bound).map(([role, tensor]) => {
    if (role === 'problem') return [role, tensor]
    const { memory, ...rest } = tensor as FakeTensor
    return [role, { ...rest, location: 'host', data: memory }]
  })
  return Object.fromEntries(moved)
}

function targetOf(enqueue: (bound: BoundProblem<DeviceTensor>, device: ReferenceDevice) => void) {
  const { capabilities, supports } = reference()
  const device = new ReferenceDevice()
  const workspaces: (readonly number[] | undefined)[] = []
  const backend = defineBackend({
    name: 'on-device',
    deviceType: 'cuda',
    capabilities: { ...capabilities, dtypes: ['float32'] },
    availability: async () => ({ status: 'available', devices: [device], build: {} }),
    supports,
    plan: () => ({
      variant: 'v1',
      workspaceBytes: 64,
      enqueue: (bound, workspace) => {
        workspaces.push(workspace?.shape)
        enqueue(bound, device)
      },
    }),
  })
  return { target: { backend, device }, device, workspaces }
}

async function run(target: ReturnType<typeof targetOf>['target'], name: string) {
  const results: CaseResult[] = []
  const filter = (found: string) => found.startsWith(name)
  const options = { problems: 12, maxFlops: 1e5, filter }
  for await (const result of runConformance(target, options)) results.push(result)
  return results
}

describe('runConformance on a device', () => {
  it('uploads, waits, downloads and frees', async () => {
    const { target, device, workspaces } = targetOf((bound, on) => {
      on.work = reference().plan(bound.problem, HOST).execute(onHost(bound), 1)
    })
    const results = [
      ...(await run(target, 'random')),
      ...(await run(target, 'shared-buffer')),
      ...(await run(target, 'packed-qkv')),
      ...(await run(target, 'packed-kv')),
    ]
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(results).toHaveLength(15)
    expect(results[0]?.variant).toBe('v1')
    expect(device.live.size).toBe(0)
    expect(workspaces).toContainEqual([64])
  })

  it('uploads a packed tensor and a shared buffer once', async () => {
    const { target, device } = targetOf(() => {})
    await run(target, 'packed-qkv')
    expect(device.log.filter((line) => line.startsWith('upload'))).toHaveLength(2)
    device.log.length = 0
    await run(target, 'shared-buffer')
    // q, k, v, output, and the two buffers.
    expect(device.log.filter((line) => line.startsWith('upload'))).toHaveLength(6)
  })

  it('frees everything when the backend fails', async () => {
    const { target, device } = targetOf(() => {
      throw new Error('launch failed')
    })
    const [result] = await run(target, 'heads-first')
    expect(result).toMatchObject({ status: 'failed', reason: 'launch failed' })
    expect(device.live.size).toBe(0)
  })
})
