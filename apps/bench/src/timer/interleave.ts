import type { Contestant } from './contestant.js'

/**
 * Times `blocks` blocks of each contestant in turn, A B C A B C …, so that a drift of the clock meets
 * all of them alike. Returns the samples of each, in the order of the contestants.
 */
export async function interleave(
  contestants: readonly Contestant[],
  blocks: number,
): Promise<number[][]> {
  const samples: number[][] = contestants.map(() => [])
  for (let block = 0; block < blocks; block++) {
    for (const [index, contestant] of contestants.entries()) {
      samples[index]!.push(...(await contestant.measureBlock()))
    }
  }
  return samples
}
