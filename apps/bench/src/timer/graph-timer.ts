import type { CudaDevice, CudaStream } from '@attnkit/cuda-runtime'
import { replayPlan } from './replay-plan.js'
import { median } from './statistics.js'

const PROBES = 3

export interface GraphTimer {
  /** Milliseconds of a launch, measured without a graph. */
  readonly launchMs: number
  /** Times one block: milliseconds of a launch, one sample a replay of the graph. */
  measureBlock(): Promise<readonly number[]>
  dispose(): void
}

/** Milliseconds that the device spends in what `enqueue` puts on the stream. */
async function elapsed(device: CudaDevice, stream: CudaStream, enqueue: () => void) {
  using start = device.createEvent()
  using end = device.createEvent()
  start.record(stream)
  enqueue()
  end.record(stream)
  await stream.synchronize()
  return start.elapsedMs(end)
}

/**
 * Captures many launches in a graph, `launch(i)` being the one on the i-th of `sets` sets of tensors, and
 * times its replays with events.
 */
export async function graphTimer(
  device: CudaDevice,
  stream: CudaStream,
  sets: number,
  launch: (set: number) => void,
  blockMs: number,
): Promise<GraphTimer> {
  const allSets = (): void => {
    for (let set = 0; set < sets; set++) launch(set)
  }
  allSets()
  const probes: number[] = []
  for (let i = 0; i < PROBES; i++) probes.push(await elapsed(device, stream, allSets))
  const launchMs = median(probes) / sets
  const { launchesPerGraph, replays } = replayPlan(launchMs, sets, blockMs)
  const graph = stream.capture(() => {
    for (let i = 0; i < launchesPerGraph; i += sets) allSets()
  })
  graph.launch(stream)
  await stream.synchronize()
  const events = Array.from({ length: 2 * replays }, () => device.createEvent())
  return {
    launchMs,
    measureBlock: async () => {
      graph.launch(stream)
      for (let i = 0; i < replays; i++) {
        events[2 * i]!.record(stream)
        graph.launch(stream)
        events[2 * i + 1]!.record(stream)
      }
      await stream.synchronize()
      return Array.from({ length: replays }, (_, i) => {
        return events[2 * i]!.elapsedMs(events[2 * i + 1]!) / launchesPerGraph
      })
    },
    dispose: () => {
      graph.dispose()
      for (const event of events) event.dispose()
    },
  }
}
