import { ONNXRUNTIME_VARIABLES, type VariableDeclaration } from '@attnkit/core'

/** A variable that changes what attnkit does, and whether it is set. */
export interface Variable {
  readonly name: string
  /** Null when it is not set. */
  readonly value: string | null
  /** What it does. */
  readonly effect: string
}

const EFFECTS: Readonly<Record<string, string>> = {
  ATTNKIT_BACKEND: 'the only backend allowed where a call names no policy',
  ATTNKIT_DISABLE: 'backends that are not used, separated by commas',
  ATTNKIT_DEBUG: 'dispatch: a line on stderr for each decision',
  ATTNKIT_NATIVE_DIR: 'the folder that native files are looked for in first',
  ATTNKIT_CPU_ISA: 'the instruction set of the cpu backend',
  CUDA_VISIBLE_DEVICES: 'the GPUs that CUDA shows, and their order',
  LD_LIBRARY_PATH: "where the dynamic linker looks first, for the driver's libcuda.so.1 too",
  NVIDIA_VISIBLE_DEVICES: 'the GPUs that a container is given',
  NO_COLOR: 'no colour in the output',
  FORCE_COLOR: 'colour in the output',
}

/** Every variable that matters: attnkit's and the system's, then ONNX Runtime's. */
export function variables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly Variable[] {
  const theirs = Object.entries(ONNXRUNTIME_VARIABLES).map(
    ([name, declaration]) => [name, onnxruntimeEffect(declaration)] as const,
  )
  return [...Object.entries(EFFECTS), ...theirs].map(([name, effect]) => ({
    name,
    value: environment[name] ?? null,
    effect,
  }))
}

function onnxruntimeEffect({ purpose, steers, laterName }: VariableDeclaration): string {
  const nothing = steers === 'nothing' ? '; no kernel here that it steers' : ''
  const renamed = laterName === undefined ? '' : ` (earlier name of ${laterName})`
  return purpose + renamed + nothing
}
