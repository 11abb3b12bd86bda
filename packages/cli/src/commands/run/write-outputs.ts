import { type HostTensor, invalidArgument, type OperatorDefinition } from '@attnkit/core'
import { writeNpy } from '../../files/npy.js'
import { writeSafetensors } from '../../files/safetensors.js'
import { writeFileParts } from '../../files/write-file-parts.js'
import type { TensorArgument } from './tensor-argument.js'

/** Outputs by name. */
export type NamedOutputs = ReadonlyMap<string, HostTensor>

/** The outputs that are named, so that optional ones are computed. Refuses names there are none of. */
export function requestedOutputs(
  operator: OperatorDefinition,
  args: readonly TensorArgument[],
): readonly string[] {
  const known = operator.outputs.map(({ name }) => name)
  const named = args.flatMap(({ name }) => (name === null ? [] : [name]))
  const faults = named
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: '--output',
      found: JSON.stringify(name),
      required: `one of ${known.join(', ')}`,
    }))
  if (faults.length > 0) throw invalidArgument(operator.name, faults)
  return named
}

/**
 * Writes the outputs where `--output` says; several of one `.safetensors` file into that file. Returns
 * the file of each output.
 */
export async function writeOutputs(
  outputs: NamedOutputs,
  args: readonly TensorArgument[],
): Promise<ReadonlyMap<string, string>> {
  const collected = new Map<string, Map<string, HostTensor>>()
  const written = new Map<string, string>()
  for (const { name, file, kind, tensor } of args) {
    for (const output of name === null ? outputs.keys() : [name]) {
      const value = outputs.get(output)
      if (value === undefined) continue
      written.set(output, file)
      if (kind === 'npy') await writeFileParts(file, writeNpy(value, file))
      else collected.set(file, (collected.get(file) ?? new Map()).set(tensor ?? output, value))
    }
  }
  for (const [file, tensors] of collected) await writeFileParts(file, writeSafetensors(tensors))
  return written
}
