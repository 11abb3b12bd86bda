/** What the process ends with. */
export const EXIT = {
  ok: 0,
  /** Ran, and a row failed, or a comparison found a slower one. */
  failed: 1,
  usage: 2,
  /** The backend that a suite needs is not available. */
  unavailable: 3,
  unsupported: 4,
  device: 5,
  bug: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An error whose message is all that the user needs, with the exit code it means. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
