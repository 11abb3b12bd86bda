import { only, type Policy } from '@attnkit/core'
import { type Command, Option } from 'commander'
import { choice } from './flags.js'

/** Flags that say how a backend is chosen, as commander gives them. */
export interface PolicyFlags {
  readonly policy?: 'fastest' | 'onnxruntime'
  readonly backend?: string
}

/** Adds `--policy` and `--backend`, of which one may be given. */
export function addPolicyFlags(command: Command): Command {
  return command
    .addOption(choice('--policy <name>', 'how to choose', ['fastest', 'onnxruntime']))
    .addOption(new Option('--backend <name>', 'allow this one only').conflicts('policy'))
}

/** The policy that `--policy` or `--backend` asks for; nothing when neither is given. */
export function chosenPolicy(flags: PolicyFlags): { readonly policy?: Policy } {
  if (flags.backend !== undefined) return { policy: only(flags.backend) }
  return flags.policy === undefined ? {} : { policy: flags.policy }
}
