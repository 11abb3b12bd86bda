import type { PeerName } from '../report/result.js'
import type { BenchShape } from '../suites/bench-shape.js'
import type { Contestant } from '../timer/contestant.js'
import { JsonLinesProcess } from './json-lines-process.js'

const SLOW_REQUEST_MS = 180_000

export type TorchPeerName = Exclude<PeerName, 'onnxruntime'>

interface Hello {
  readonly torch: string
  readonly cudnn: string
  readonly device: string
}

/** A kernel of PyTorch that is ready to be timed on a row. */
export type TorchRival = Contestant & { readonly name: TorchPeerName }

/** What became of a row: of each kernel that runs it one of `Ready`. */
export interface TorchOutcome<Ready> {
  readonly rivals: readonly Ready[]
  /** The kernels that cannot run the row. */
  readonly refusals: readonly { readonly name: TorchPeerName; readonly reason: string }[]
}

/** PyTorch's attention kernels in a Python process. Made by {@link startTorchPeers}. */
export interface TorchPeers {
  readonly versions: Readonly<Record<string, string>>
  /** Puts a row's inputs on the GPU and captures a graph of each kernel. */
  prepare(shape: BenchShape, seed: number, blockMs: number): Promise<TorchOutcome<TorchRival>>
  /**
   * Has each kernel compute the inputs in `directory`, `query.bin`, `key.bin` and `value.bin` with the bits
   * of (B, S, N, H), into `<kernel>.bin` there. Resolves to the kernels that did and those that cannot.
   */
  attend(shape: BenchShape, directory: string): Promise<TorchOutcome<TorchPeerName>>
  /** Frees what `prepare` made. */
  release(): Promise<void>
  close(): void
}

type Answer = Readonly<Record<string, unknown>>

function checked(answer: unknown): Answer {
  const { ok, reason } = answer as { ok?: boolean; reason?: string }
  if (ok !== true) throw new Error(reason ?? 'an answer without a reason')
  return answer as Answer
}

/** A shape in the words of the Python script. */
function request(shape: BenchShape): Answer {
  const { format, batch, seqlen, numHeads, headDim, causal, dtype, cache } = shape
  const sizes = { batch, seqlen, num_heads: numHeads, head_dim: headDim }
  const cached = cache && { seqlen_k: cache.seqlenK, num_heads_kv: cache.numHeadsKv }
  return { format, causal, dtype, ...sizes, ...cached }
}

/** An answer that names every kernel with the reason why it cannot, or null. */
function outcomeOf<Ready>(
  answer: Answer,
  ready: (name: TorchPeerName) => Ready,
): TorchOutcome<Ready> {
  const found = Object.entries(answer.peers as Record<TorchPeerName, string | null>)
  const named = found as [TorchPeerName, string | null][]
  return {
    rivals: named.filter(([, reason]) => reason === null).map(([name]) => ready(name)),
    refusals: named.flatMap(([name, reason]) => (reason === null ? [] : [{ name, reason }])),
  }
}

async function measureBlock(
  ask: (message: Answer) => Promise<Answer>,
  peer: TorchPeerName,
  blockMs: number,
): Promise<readonly number[]> {
  const { samples } = await ask({ op: 'measure', peer, block_ms: blockMs })
  return samples as number[]
}

/**
 * Starts `script` with `python` and has it check FlashAttention-2 against float64 arithmetic. Rejects with
 * the reason when Python, torch or a GPU is missing.
 */
export async function startTorchPeers(python: string, script: string): Promise<TorchPeers> {
  const child = new JsonLinesProcess(python, [script])
  const ask = async (message: Answer): Promise<Answer> =>
    checked(await child.request(message, SLOW_REQUEST_MS))
  try {
    const hello = (await ask({ op: 'hello' })) as Answer & Hello
    await ask({ op: 'check' })
    return {
      versions: { pytorch: hello.torch, cudnn: hello.cudnn },
      prepare: async (shape, seed, blockMs) => {
        const answer = await ask({ op: 'prepare', seed, ...request(shape) })
        return outcomeOf(answer, (name) => ({
          name,
          measureBlock: () => measureBlock(ask, name, blockMs),
        }))
      },
      attend: async (shape, directory) => {
        const answer = await ask({ op: 'attend', directory, ...request(shape) })
        return outcomeOf(answer, (name) => name)
      },
      release: async () => {
        await ask({ op: 'release' })
      },
      close: () => child.close(),
    }
  } catch (error) {
    child.close()
    throw error
  }
}
