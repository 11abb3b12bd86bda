import type { ExitCode } from './exit-codes.js'
import type { Style } from './render/style.js'

/** What a command found, printed either as text or as one JSON document of the same data. */
export interface Outcome {
  readonly exitCode: ExitCode
  /** Fields of the document; keys in camelCase here, in snake_case when printed. */
  readonly document: object
  /** Lines of the text. */
  lines(style: Style): readonly string[]
}
