import { type HostTensor, invalidArgument, type OperatorDefinition } from '@attnkit/core'
import { readNpy } from '../../files/npy.js'
import { readFileBytes } from '../../files/read-file-bytes.js'
import { readSafetensors, type SafetensorsFile } from '../../files/safetensors.js'
import { camelCase, snakeCase } from '../../names.js'
import type { TensorArgument } from './tensor-argument.js'

/** The inputs read, and the tensors of whole files that the operator has no input for. */
export interface ReadInputs {
  readonly inputs: Readonly<Record<string, HostTensor>>
  readonly unused: readonly string[]
}

/**
 * Reads every input from its file; each `.safetensors` file once. Of a whole file, the tensors named as
 * inputs are taken, in camelCase or in ONNX's snake_case.
 * @throws AttentionError `invalid-argument`
 */
export async function readInputs(
  operator: OperatorDefinition,
  args: readonly TensorArgument[],
): Promise<ReadInputs> {
  const known = operator.inputs.map(({ name }) => name)
  const files = new Map<string, SafetensorsFile>()
  const inputs: Record<string, HostTensor> = {}
  const unused: string[] = []
  const take = (name: string, tensor: HostTensor): void => {
    checkName(operator.name, name, known, Object.hasOwn(inputs, name))
    inputs[name] = tensor
  }
  for (const { name, file, kind, tensor } of args) {
    if (kind === 'npy') {
      take(name ?? '', readNpy(await readFileBytes(file), file))
      continue
    }
    const opened = files.get(file) ?? readSafetensors(await readFileBytes(file), file)
    files.set(file, opened)
    if (name !== null) {
      take(name, opened.read(tensor ?? tensorName(name, opened)))
      continue
    }
    for (const stored of opened.names) {
      if (known.includes(camelCase(stored))) take(camelCase(stored), opened.read(stored))
      else unused.push(`${file}: ${stored}`)
    }
  }
  return { inputs, unused }
}

function tensorName(input: string, file: SafetensorsFile): string {
  return file.names.includes(snakeCase(input)) ? snakeCase(input) : input
}

function checkName(operator: string, name: string, known: readonly string[], taken: boolean): void {
  if (known.includes(name) && !taken) return
  const required = taken ? 'each input once' : `one of ${known.join(', ')}`
  throw invalidArgument(operator, [{ path: '--input', found: JSON.stringify(name), required }])
}
