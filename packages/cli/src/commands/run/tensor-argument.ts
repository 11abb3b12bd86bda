import { extname } from 'node:path'
import { invalidArgument } from '@attnkit/core'
import { camelCase } from '../../names.js'

/** The kinds of files that tensors are read from and written to. */
export type TensorFileKind = 'npy' | 'safetensors'

/** Where a tensor is read from or written to, as `--input` and `--output` say it. */
export interface TensorArgument {
  /** The operator's name of it; null for a whole file, whose tensors have their own names. */
  readonly name: string | null
  readonly file: string
  readonly kind: TensorFileKind
  /** The tensor of a `.safetensors` file. */
  readonly tensor: string | null
}

const FORMS = '<name>=<file>.npy, <name>=<file>.safetensors, <name>=<file>.safetensors#<tensor>'

/**
 * Reads `query=q.npy`, `query=all.safetensors#q` or `all.safetensors`.
 * @throws AttentionError `invalid-argument`
 */
export function tensorArgument(flag: string, text: string): TensorArgument {
  const equals = text.indexOf('=')
  const name = equals < 0 ? null : camelCase(text.slice(0, equals).trim())
  return fileArgument(flag, name, text.slice(equals + 1))
}

/** The file of one tensor, e.g. `q.npy` or `all.safetensors#q`. */
export function fileArgument(flag: string, name: string | null, text: string): TensorArgument {
  const hash = text.lastIndexOf('#')
  const cut = hash > 0 && extname(text.slice(0, hash)) === '.safetensors' ? hash : text.length
  const file = text.slice(0, cut)
  const extension = extname(file)
  const required = name === null ? `${FORMS} or <file>.safetensors` : FORMS
  if (extension === '.safetensors') {
    return { name, file, kind: 'safetensors', tensor: text.slice(cut + 1) || null }
  }
  if (extension === '.npy' && name !== null && name !== '') {
    return { name, file, kind: 'npy', tensor: null }
  }
  throw invalidArgument('run', [{ path: flag, found: JSON.stringify(text), required }])
}
