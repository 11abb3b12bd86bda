import { type Attention, emptyTensor, fromFloat16, type HostTensor, toFloat16 } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { fillWithNormal, uniformSource } from '../src/accuracy/random.js'
import { type BenchShape, shapeProblem } from '../src/suites/bench-shape.js'
import { naiveAttention } from './naive-attention.js'

type FakeTensor = HostTensor<'float16'> & Disposable & { dispose(): void }

/** A device whose memory is the host's, whose clock moves with launches, and what it was asked. */
export interface FakeDevice {
  readonly device: CudaDevice
  /** Moves the clock of the device. */
  advance(ms: number): void
  /** Runs `work`, or captures it when a graph is being made. */
  enqueue(work: () => void): void
  /** Tensors, graphs, events and streams that are not disposed. */
  live(): number
}

export function fakeDevice(): FakeDevice {
  let clock = 0
  let live = 0
  let captured: (() => void)[] | undefined
  const disposable = <T extends object>(made: T): T & Disposable & { dispose(): void } => {
    live += 1
    const dispose = (): void => {
      live -= 1
    }
    return Object.assign({ ...made }, { dispose, [Symbol.dispose]: dispose })
  }
  const enqueue = (work: () => void): void => {
    if (captured) captured.push(work)
    else work()
  }
  const createEvent = () => {
    let at = Number.NaN
    return disposable({
      record: (): void => {
        at = clock
      },
      time: (): number => at,
      elapsedMs: (end: { time(): number }): number => end.time() - at,
    })
  }
  const capture = (fill: () => void) => {
    const work: (() => void)[] = []
    captured = work
    fill()
    captured = undefined
    const launch = (): void => {
      for (const run of work) run()
    }
    return disposable({ launch })
  }
  const copyOf = (source: HostTensor<'float16'>): FakeTensor => {
    const held = disposable(emptyTensor(source.shape, 'float16'))
    held.data.set(source.data)
    return held
  }
  const device = {
    empty: (shape: readonly number[]) => disposable(emptyTensor(shape, 'float16')),
    upload: copyOf,
    download: async ({ data, shape }: FakeTensor) => {
      const held = emptyTensor(shape, 'float16')
      held.data.set(data)
      return held
    },
    fillNormal: ({ data }: FakeTensor, seed: number) => {
      data.set(toFloat16(fillWithNormal(new Float32Array(data.length), uniformSource(seed))))
    },
    synchronize: async () => undefined,
    createEvent,
    createStream: () => disposable({ capture, synchronize: async () => undefined }),
  }
  return {
    device: device as unknown as CudaDevice,
    advance: (ms) => {
      clock += ms
    },
    enqueue,
    live: () => live,
  }
}

/** Attention whose only backend computes on the fake device, `launchMs` milliseconds a launch. */
export function fakeAttention(fake: FakeDevice, shape: BenchShape, launchMs: number): Attention {
  const problem = shapeProblem(shape)
  const run = (
    inputs: Record<'query' | 'key' | 'value' | 'q' | 'k' | 'v', FakeTensor | undefined>,
    { outputs }: { outputs: { output: FakeTensor } },
  ): void => {
    const { query = inputs.q, key = inputs.k ?? query, value = inputs.v ?? key } = inputs
    const [q, k, v] = [query!, key!, value!].map(({ data }) => fromFloat16(data))
    fake.enqueue(() => {
      const computed = naiveAttention(problem, { q: q!, k: k!, v: v! })
      outputs.output.data.set(toFloat16(computed))
      fake.advance(launchMs)
    })
  }
  const decision = { backend: 'cuda-flash', variant: 'fake', device: 'cuda:0', policy: 'only' }
  return { prepare: () => ({ problem, decision, run }) } as unknown as Attention
}
