import type { CudaBackend } from '../backend/backend.js'
import { type Device, HOST } from '../backend/device.js'
import type { BoundProblem, CudaPlan } from '../backend/plan.js'
import { makeWorkspace } from '../call/make-workspace.js'
import type { AttentionTensors, TensorRole } from '../problem/attention-tensors.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import type { DeviceTensor, HostTensor } from '../tensor/tensor.js'
import type { ConformanceTarget } from './conformance-target.js'

/** Runs a problem on a target; its results are in the host tensors afterwards. Returns the variant. */
export async function runOnTarget(
  target: ConformanceTarget,
  bound: BoundProblem<HostTensor>,
): Promise<string> {
  if ('device' in target) return runOnDevice(target.backend, target.device, bound)
  const plan = target.backend.plan(bound.problem, HOST)
  await plan.execute(bound, target.threads ?? 1)
  return plan.variant
}

async function runOnDevice(
  backend: CudaBackend,
  device: Device,
  bound: BoundProblem<HostTensor>,
): Promise<string> {
  const plan = backend.plan(bound.problem, device)
  const copies = new Map<HostTensor, DeviceTensor>()
  const roles = (Object.keys(tensorSpecs(bound.problem)) as TensorRole[]).filter(
    (role) => bound[role] !== undefined,
  )
  try {
    for (const role of roles) {
      const tensor = bound[role]!
      if (!copies.has(tensor)) copies.set(tensor, device.upload(tensor))
    }
    const placed = Object.fromEntries(roles.map((role) => [role, copies.get(bound[role]!)!]))
    await enqueue(plan, device, {
      ...(placed as unknown as AttentionTensors<DeviceTensor>),
      problem: bound.problem,
    })
    for (const [role, { access }] of Object.entries(tensorSpecs(bound.problem))) {
      const into = bound[role as TensorRole]
      if (access === 'write' && into) await device.download(copies.get(into)!, { into })
    }
  } finally {
    for (const copy of copies.values()) copy.dispose()
  }
  return plan.variant
}

async function enqueue(
  plan: CudaPlan,
  device: Device,
  bound: BoundProblem<DeviceTensor>,
): Promise<void> {
  const workspace = makeWorkspace(plan, device, device.defaultStream)
  try {
    plan.enqueue(bound, workspace, device.defaultStream)
    await device.defaultStream.synchronize()
  } finally {
    workspace?.dispose()
  }
}
