import { only, type Policy } from '@attnkit/core'

/** The policy that `--policy` or `--backend` asks for; nothing when neither is given. */
export function chosenPolicy(flags: {
  readonly policy?: 'fastest' | 'onnxruntime'
  readonly backend?: string
}): { readonly policy?: Policy } {
  if (flags.backend !== undefined) return { policy: only(flags.backend) }
  return flags.policy === undefined ? {} : { policy: flags.policy }
}
