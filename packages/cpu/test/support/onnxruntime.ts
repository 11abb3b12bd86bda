import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** float32, int32, int64 or bool. */
export interface OnnxArray {
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array
  readonly dims: readonly number[]
}

export type OnnxOutputs = Readonly<Record<string, Float32Array>>

interface Answer {
  readonly outputs?: OnnxOutputs
  readonly error?: string
}

const script = fileURLToPath(new URL('./onnxruntime-child.mjs', import.meta.url))

/** ONNX Runtime on the CPU, in a child process: some inputs crash it. */
export class Onnxruntime {
  readonly #child: ChildProcess
  #id = 0

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<Onnxruntime> {
    const child = fork(script, { serialization: 'advanced' })
    await once(child, 'message')
    return new Onnxruntime(child)
  }

  async run(model: Uint8Array, feeds: Readonly<Record<string, OnnxArray>>): Promise<OnnxOutputs> {
    const id = this.#id++
    const exit = new AbortController()
    const ended = once(this.#child, 'exit', { signal: exit.signal }).then(([code, signal]) => {
      throw new Error(`ONNX Runtime's process ended (${signal ?? code})`)
    })
    const answered = once(this.#child, 'message') as Promise<[Answer]>
    this.#child.send({ id, model, feeds })
    const [{ outputs, error }] = await Promise.race([answered, ended]).finally(() => {
      ended.catch(() => undefined)
      exit.abort()
    })
    if (outputs === undefined) throw new Error(error)
    return outputs
  }

  stop(): void {
    this.#child.kill()
  }
}
