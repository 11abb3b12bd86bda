import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

const KEPT_STDERR = 2000

/**
 * A child process that answers each line of JSON with one line of JSON, one at a time, so that it works
 * only while it is asked to.
 */
export class JsonLinesProcess {
  readonly #child: ChildProcess
  #waiting: Waiting | undefined
  #stderr = ''
  #ended: Error | undefined

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin?.on('error', () => undefined)
    this.#child.on('error', (error) => this.#end(error))
    this.#child.on('close', (code, signal) => {
      const last = this.#stderr.trim().split('\n').at(-1) ?? ''
      this.#end(new Error(`${command} ended (${signal ?? code})${last && `: ${last}`}`))
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR)
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#answer(line))
  }

  /** Sends one request and resolves to its answer; rejects when the process ends or is too slow. */
  async request(message: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#ended) throw this.#ended
    if (this.#waiting) throw new Error('a request is already under way')
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject }
        timer = setTimeout(() => this.#tooSlow(timeoutMs), timeoutMs)
        this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
      })
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }

  /** Ends the process. */
  close(): void {
    this.#child.stdin?.end()
    this.#child.kill()
  }

  #answer(line: string): void {
    try {
      this.#waiting?.resolve(JSON.parse(line))
    } catch {
      this.#waiting?.reject(new Error(`not JSON: ${line.slice(0, 200)}`))
    }
  }

  #tooSlow(timeoutMs: number): void {
    this.#end(new Error(`no answer within ${timeoutMs / 1000} s`))
    this.#child.kill('SIGKILL')
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#waiting?.reject(this.#ended)
  }
}
