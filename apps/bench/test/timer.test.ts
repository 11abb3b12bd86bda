import { describe, expect, it } from 'vitest'
import { abba } from '../src/timer/abba.js'
import { medianCallTime } from '../src/timer/call-timer.js'
import type { Contestant } from '../src/timer/contestant.js'
import { blockRatios, interleave } from '../src/timer/interleave.js'
import { replayPlan } from '../src/timer/replay-plan.js'
import { ROTATION_BYTES, rotatingSets } from '../src/timer/rotating-sets.js'
import { timeTurn } from '../src/timer/time-turn.js'

/** A contestant that notes its turns and answers with the next of its times. */
function scripted(name: string, turns: string[], times: readonly number[]): Contestant {
  let next = 0
  return {
    name,
    measureBlock: async () => {
      turns.push(name)
      return [times[next++ % times.length]!]
    },
  }
}

describe('interleave', () => {
  it('gives every contestant its block in turn', async () => {
    const turns: string[] = []
    const contestants = [
      scripted('a', turns, [1]),
      scripted('b', turns, [2]),
      scripted('c', turns, [3]),
    ]
    const taken = await interleave(contestants, 2)
    expect(turns).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    expect(taken).toEqual([
      [[1], [1]],
      [[2], [2]],
      [[3], [3]],
    ])
  })

  it('gives a ratio for each pair of blocks, by their medians', () => {
    const ours = [[1, 2, 9], [4]]
    expect(blockRatios(ours, [[3, 3, 1], [2]])).toEqual([1.5, 0.5])
  })
})

describe('abba', () => {
  it('pairs ours, peer, peer, ours', async () => {
    const turns: string[] = []
    const ours = scripted('ours', turns, [2])
    const result = await abba(ours, scripted('peer', turns, [3]), { blocks: 2, pauseMs: 0 })
    expect(turns.join(' ')).toBe('ours peer peer ours ours peer peer ours')
    expect(result.ratios).toEqual([1.5, 1.5])
    expect(result.ours).toHaveLength(4)
  })

  it('is not moved by a drift that is linear', async () => {
    const turns: string[] = []
    const ours = scripted('ours', turns, [10, 13])
    const peer = scripted('peer', turns, [11, 12])
    const { ratios } = await abba(ours, peer, { blocks: 1, pauseMs: 0 })
    expect(ratios).toEqual([1])
  })

  it('never has two turns under way', async () => {
    let running = 0
    const busy = (name: string): Contestant => ({
      name,
      measureBlock: async () => {
        running += 1
        expect(running).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, 2))
        running -= 1
        return [1]
      },
    })
    await abba(busy('ours'), busy('peer'), { blocks: 2, pauseMs: 1 })
  })
})

describe('a turn', () => {
  it('has its least number of runs and its least time', async () => {
    expect(await timeTurn(async () => undefined, { minMs: 0, minRuns: 3 })).toHaveLength(3)
    const slow = () => new Promise((resolve) => setTimeout(resolve, 5))
    const samples = await timeTurn(slow, { minMs: 30, minRuns: 1 })
    expect(samples.length).toBeGreaterThan(1)
    expect(samples.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(29)
  })
})

describe('rotating sets', () => {
  it('are together larger than the cache, and never one alone', () => {
    for (const bytes of [1, 10_485_760, ROTATION_BYTES / 2, ROTATION_BYTES, 2 ** 31]) {
      const sets = rotatingSets(bytes)
      expect(sets * bytes).toBeGreaterThan(ROTATION_BYTES)
      expect(sets).toBeGreaterThanOrEqual(2)
    }
    expect(rotatingSets(2 ** 31)).toBe(2)
  })
})

describe('a plan of replays', () => {
  it('fills a graph of about 3 ms with whole rounds of short launches', () => {
    const { launchesPerGraph, replays } = replayPlan(0.02, 26, 50)
    expect(launchesPerGraph % 26).toBe(0)
    expect(launchesPerGraph * 0.02).toBeGreaterThanOrEqual(3)
    expect(launchesPerGraph * 0.02 * replays).toBeGreaterThan(40)
    expect(launchesPerGraph * 0.02 * replays).toBeLessThan(60)
  })

  it('does one round of long launches three times', () => {
    expect(replayPlan(30, 2, 50)).toEqual({ launchesPerGraph: 2, replays: 3 })
  })

  it('stays within a graph’s limit when a launch takes next to no time', () => {
    const { launchesPerGraph, replays } = replayPlan(1e-6, 300, 50)
    expect(launchesPerGraph).toBe(900)
    expect(replays).toBe(40)
  })
})

describe('the time of a call', () => {
  it('waits for the device before its queue is full', async () => {
    let queued = 0
    let most = 0
    const call = (): void => {
      queued += 1
      most = Math.max(most, queued)
    }
    const synchronize = async (): Promise<void> => {
      queued = 0
    }
    expect(await medianCallTime(call, 0.01, synchronize)).toBeGreaterThanOrEqual(0)
    expect(most).toBe(64)
  })

  it('makes few calls of long launches, as many to warm up as are counted', async () => {
    let calls = 0
    await medianCallTime(
      () => {
        calls += 1
      },
      30,
      async () => undefined,
    )
    expect(calls).toBe(2 * 16)
  })
})
