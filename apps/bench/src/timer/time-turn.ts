export interface TurnOptions {
  /** A turn lasts at least this long … */
  readonly minMs: number
  /** … and has at least this many runs. */
  readonly minRuns: number
}

/** Runs `run` again and again for one turn; milliseconds of each run. */
export async function timeTurn(
  run: () => Promise<unknown>,
  options: TurnOptions,
): Promise<number[]> {
  const samples: number[] = []
  const start = performance.now()
  let now = start
  while (now - start < options.minMs || samples.length < options.minRuns) {
    const before = performance.now()
    await run()
    now = performance.now()
    samples.push(now - before)
  }
  return samples
}
