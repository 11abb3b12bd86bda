import { BenchError, EXIT } from '../exit-codes.js'
import type { ResultDocument } from '../report/result.js'
import { readResult } from '../report/result-file.js'

/** The result file that a command line names. Throws a {@link BenchError} of usage when it is none. */
export async function readArgument(path: string): Promise<ResultDocument> {
  try {
    return await readResult(path)
  } catch (error) {
    throw new BenchError(EXIT.usage, (error as Error).message, { cause: error })
  }
}
