import type { Done } from './cpu-addon.js'
import { callNative, nativeError } from './native-error.js'

/**
 * Starts a native call, which says whether it is done at once; resolves when it is done. What it throws,
 * and what it is told by `done`, rejects as a typed error.
 */
export async function untilDone(operator: string, start: (done: Done) => boolean): Promise<void> {
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined
  const done: Done = (code, message) => {
    if (code === undefined) settle?.resolve()
    else settle?.reject(nativeError(operator, code, message))
  }
  if (callNative(operator, () => start(done))) return
  await new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
}
