import { isFloatDtype } from '../tensor/dtype.js'
import type { Arguments } from './read-arguments.js'

/** All inputs that are computed in have the dtype of the input `main`, by rule E10. */
export function requireOneDtype({ declared, specs, list }: Arguments, main: string): void {
  const dtype = specs.get(main)?.dtype
  if (dtype === undefined) return
  for (const { name, dtypes } of declared) {
    const spec = specs.get(name)
    if (spec === undefined || !dtypes.every(isFloatDtype) || !isFloatDtype(spec.dtype)) continue
    const required = `${dtype}, the dtype of ${main}`
    list.require(spec.dtype === dtype, `${name}.dtype`, spec.dtype, required, 'E10')
  }
}
