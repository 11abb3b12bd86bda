import type { Contestant } from './contestant.js'
import { median } from './statistics.js'

/** The samples of a contestant's blocks, in the order in which they were taken. */
export type Blocks = readonly (readonly number[])[]

/**
 * Times `blocks` blocks of each contestant in turn, A B C A B C …, so that a drift of the clock meets
 * all of them alike. Returns the blocks of each, in the order of the contestants.
 */
export async function interleave(
  contestants: readonly Contestant[],
  blocks: number,
): Promise<readonly Blocks[]> {
  const taken: (readonly number[])[][] = contestants.map(() => [])
  for (let block = 0; block < blocks; block++) {
    for (const [index, contestant] of contestants.entries()) {
      taken[index]!.push(await contestant.measureBlock())
    }
  }
  return taken
}

/** How many times as long a peer took as we did, by the medians of each pair of neighbouring blocks. */
export function blockRatios(ours: Blocks, peer: Blocks): readonly number[] {
  return ours.map((samples, block) => median(peer[block]!) / median(samples))
}
