import {
  type Attention,
  AttentionError,
  type Attributes,
  emptyTensor,
  type HostTensor,
  OPERATORS,
  type PrepareOptions,
  type Specs,
  type TensorData,
} from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import {
  GRAPH_CALLS,
  graphInputs,
  unwrittenOutput,
} from '../src/commands/verify/graph/graph-calls.js'
import { graphChecks } from '../src/commands/verify/graph/graph-checks.js'
import type { GraphDevice } from '../src/commands/verify/graph/run-in-graph.js'

type Work = () => void
type Held = HostTensor & Disposable & { dispose(): void }

/** A device in the host's memory, and how many things on it are not disposed. */
function fakeDevice(replay: (captured: readonly Work[]) => void) {
  let captured: Work[] | undefined
  let live = 0
  const disposable = <T extends object>(made: T): T & Disposable & { dispose(): void } => {
    live += 1
    const dispose = (): void => {
      live -= 1
    }
    return Object.assign({ ...made }, { dispose, [Symbol.dispose]: dispose })
  }
  const copyOf = ({ data, shape, dtype }: HostTensor): HostTensor => {
    const copy = emptyTensor(shape, dtype)
    ;(copy.data as Uint16Array).set(data as Uint16Array)
    return copy
  }
  const capture = (fill: Work) => {
    const work: Work[] = []
    captured = work
    fill()
    captured = undefined
    return disposable({ launch: () => replay(work) })
  }
  const device = {
    upload: (source: HostTensor) => disposable(copyOf(source)),
    download: async (source: HostTensor) => copyOf(source),
    write: async ({ data }: HostTensor, source: HostTensor) => {
      ;(data as Uint16Array).set(source.data as Uint16Array)
    },
    createStream: () => disposable({ capture }),
  } as unknown as GraphDevice
  const enqueue = (work: Work): void => {
    if (captured) captured.push(work)
    else work()
  }
  return { device, enqueue, live: () => live }
}

const all = (captured: readonly Work[]): void => {
  for (const run of captured) run()
}

/** Attention that writes sums of its inputs; with `reads`, of what they hold when it is called. */
function fakeAttention(enqueue: (work: Work) => void, reads: 'when called' | 'when run') {
  const prepare = (name: string, specs: Specs, attributes: Attributes, options: PrepareOptions) => {
    const operator = OPERATORS.get(name)!
    const requested = new Set(Object.keys(options.outputs ?? {}))
    operator.lower(specs, attributes, options.scalars ?? {}, requested)
    const run = (inputs: Record<string, Held | number>, given: { outputs: { output: Held } }) => {
      const { data } = given.outputs.output as unknown as { data: Uint16Array }
      const sum = () =>
        Object.values(inputs)
          .flatMap((input) => (typeof input === 'number' ? [] : [...input.data.slice(0, 3)]))
          .reduce((total: number, value) => total + Number(value), 0)
      const early = sum()
      enqueue(() => data.fill((reads === 'when run' ? sum() : early) & 0x7fff))
    }
    return { run }
  }
  return { prepare } as unknown as Pick<Attention, 'prepare'>
}

function isSame(one: TensorData, other: TensorData): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: TensorData) =>
    Buffer.from(buffer, byteOffset, byteLength)
  return bytes(one).equals(bytes(other))
}

describe('calls in graphs', () => {
  it('are calls of their operators, with other contents for another seed', () => {
    for (const call of GRAPH_CALLS) {
      const inputs = graphInputs(call, 1)
      const requested = new Set(Object.keys(call.shared))
      const operator = OPERATORS.get(call.operator)!
      const { outputs, problem } = operator.lower(inputs, call.attributes, call.scalars, requested)
      expect(outputs[0]).toMatchObject({ name: 'output', shape: call.output, dtype: 'float16' })
      expect(problem.dtype).toBe('float16')
      const [same, others] = [graphInputs(call, 1), graphInputs(call, 2)]
      for (const [name, { data }] of Object.entries(inputs)) {
        expect(isSame(same[name]!.data, data)).toBe(true)
        expect(isSame(others[name]!.data, data)).toBe(false)
      }
      expect(unwrittenOutput(call).data[0]).toBe(0xfedc)
    }
    expect(new Set(GRAPH_CALLS.map(({ operator }) => operator)).size).toBe(3)
  })

  it('pass where replays read what the tensors hold then, and leave nothing behind', async () => {
    const { device, enqueue, live } = fakeDevice(all)
    const attention = fakeAttention(enqueue, 'when run')
    const cases = await graphChecks(attention, device, 'cuda-flash', () => true)
    expect(cases.map(({ shown }) => shown.name)).toEqual(
      GRAPH_CALLS.map(({ name }) => `graph/${name}`),
    )
    expect(cases.map(({ shown }) => [shown.status, shown.reason])).toEqual(
      GRAPH_CALLS.map(() => ['passed', undefined]),
    )
    expect(live()).toBe(0)
  })

  it('fail where a replay has the contents of the capture, or writes nothing', async () => {
    const only = (name: string) => name === 'graph/lengths of keys'
    const stale = fakeDevice(all)
    const early = fakeAttention(stale.enqueue, 'when called')
    const [first] = await graphChecks(early, stale.device, 'cuda-flash', only)
    expect(first!.shown).toMatchObject({ status: 'failed', backend: 'cuda-flash' })
    expect(first!.shown.reason).toMatch(
      /^element 0 of a replay is 0x[0-9a-f]{4}, of the call itself 0x/,
    )
    const idle = fakeDevice(() => undefined)
    const attention = fakeAttention(idle.enqueue, 'when run')
    const [second] = await graphChecks(attention, idle.device, 'cuda-flash', only)
    expect(second!.shown.reason).toMatch(/^element 0 of a replay is 0xfedc/)
    expect(stale.live() + idle.live()).toBe(0)
  })

  it('are unsupported, with the backend’s reasons, where the backend refuses them', async () => {
    const { device, live } = fakeDevice(all)
    const reason = {
      code: 'past-unsupported',
      subject: 'past',
      found: '1000',
      required: 'none',
    } as const
    const prepare = () => {
      throw new AttentionError('no-backend-supports', 'refused', {
        operator: 'GroupQueryAttention',
        reasons: [
          { backend: 'cpu', ...reason, code: 'placement' },
          { backend: 'cuda-flash', ...reason },
        ],
      })
    }
    const cases = await graphChecks({ prepare }, device, 'cuda-flash', () => true)
    for (const { shown } of cases) {
      expect(shown).toMatchObject({ status: 'unsupported', reason: 'past-unsupported: past 1000' })
    }
    expect(live()).toBe(0)
  })
})
