import { type AttentionError, describeValue, invalidArgument } from '@attnkit/core'

/** How the kernels compute. */
export interface CudaFlashOptions {
  /**
   * How the Hopper kernels keep exponentials in range. `true`: by the maximum of every block of keys that a
   * row meets. `false`: by the maximum of the first block of keys that a row sees, which is checked at the end;
   * a tile of queries in which it did not serve is computed again by the maximum of every block. Results
   * differ by no more than their rounding. The other kernels always do as with `true`.
   */
  readonly exactSoftmax?: boolean
}

const DEFAULTS: Required<CudaFlashOptions> = { exactSoftmax: false }

/** The options with what they leave out. Throws `invalid-argument` for what is no option. */
export function completeOptions(options: CudaFlashOptions): Required<CudaFlashOptions> {
  if (typeof options !== 'object' || options === null)
    throw refused('options', options, 'an object')
  const { exactSoftmax = DEFAULTS.exactSoftmax } = options
  if (typeof exactSoftmax === 'boolean') return { exactSoftmax }
  throw refused('exactSoftmax', exactSoftmax, 'true or false')
}

function refused(path: string, value: unknown, required: string): AttentionError {
  return invalidArgument('cudaFlash', [{ path, found: describeValue(value), required }])
}
