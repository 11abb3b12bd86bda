import type { Clocks } from '../report/result.js'

/** The device that a document was measured on. */
export interface Machine {
  readonly device: string
  /** The folder of its results. */
  readonly folder: string
  readonly driver: string | null
  readonly cuda: string | null
  /** Ends the watching of clocks and says what was seen. */
  finish(): Promise<Clocks>
}
