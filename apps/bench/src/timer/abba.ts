import { setTimeout as delay } from 'node:timers/promises'
import type { Contestant } from './contestant.js'
import { median } from './statistics.js'

export interface AbbaResult {
  /** Milliseconds of each run of ours, then of the peer. */
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** Of each block: the peer's time over ours, so above 1 where ours is faster. */
  readonly ratios: readonly number[]
}

/**
 * Times blocks of ours, peer, peer, ours, so that a linear drift within a block cancels, with a pause
 * after each turn in which the threads of the one measured last stop spinning.
 */
export async function abba(
  ours: Contestant,
  peer: Contestant,
  options: { readonly blocks: number; readonly pauseMs: number },
): Promise<AbbaResult> {
  const runs = { ours: [] as number[], peer: [] as number[] }
  const ratios: number[] = []
  const turn = async (who: 'ours' | 'peer'): Promise<number> => {
    const samples = await (who === 'ours' ? ours : peer).measureBlock()
    runs[who].push(...samples)
    await delay(options.pauseMs)
    return median(samples)
  }
  for (let block = 0; block < options.blocks; block++) {
    const first = await turn('ours')
    const peerTime = (await turn('peer')) + (await turn('peer'))
    ratios.push(peerTime / (first + (await turn('ours'))))
  }
  return { ...runs, ratios }
}
