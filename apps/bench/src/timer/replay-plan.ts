/** How a block of graph replays is laid out. */
export interface ReplayPlan {
  /** Launches captured in one graph, a multiple of the number of sets. */
  readonly launchesPerGraph: number
  /** Replays of the graph in one block; each gives one sample. */
  readonly replays: number
}

const GRAPH_MS = 3
const MAX_LAUNCHES = 1024
const MIN_REPLAYS = 3
const MAX_REPLAYS = 40

/**
 * Fits graphs and blocks to the time of a launch: a graph takes about 3 ms, so that the gap before a
 * replay is small, and a block about `blockMs`.
 */
export function replayPlan(launchMs: number, sets: number, blockMs: number): ReplayPlan {
  const rounds = Math.ceil(GRAPH_MS / (launchMs * sets))
  const launchesPerGraph = sets * Math.max(1, Math.min(rounds, Math.floor(MAX_LAUNCHES / sets)))
  const replays = Math.round(blockMs / (launchMs * launchesPerGraph))
  return {
    launchesPerGraph,
    replays: Math.min(MAX_REPLAYS, Math.max(MIN_REPLAYS, replays)),
  }
}
