import { FaultList, invalidArgument } from '@attnkit/core'
import { kebabCase } from '../names.js'
import type { ProblemFlags } from '../problem-flags.js'
import { attentionForm } from './attention.js'
import { groupQueryAttentionForm } from './group-query-attention.js'
import { multiHeadAttentionForm } from './multi-head-attention.js'
import { onnxAttentionForm } from './onnx-attention.js'
import { packedAttentionForm, packedMultiHeadAttentionForm } from './packed.js'
import { type CallForm, type OptionalFlag, type StatedCall, sizesOf } from './stated-call.js'

const FORMS: Readonly<Record<string, CallForm>> = {
  MultiHeadAttention: multiHeadAttentionForm,
  Attention: attentionForm,
  PackedMultiHeadAttention: packedMultiHeadAttentionForm,
  PackedAttention: packedAttentionForm,
  GroupQueryAttention: groupQueryAttentionForm,
  'ai.onnx::Attention': onnxAttentionForm,
}

const OPTIONAL_FLAGS: readonly OptionalFlag[] = [
  'seqlenK',
  'kvHeads',
  'headDimV',
  'causal',
  'window',
  'softcap',
  'attentionBias',
  'past',
]

/**
 * The call of an operator that the flags of a problem state.
 * @throws AttentionError `invalid-argument` for flags that the operator has nothing for
 */
export function stateCall(operator: string, flags: ProblemFlags): StatedCall {
  const form = FORMS[operator]
  if (form === undefined) {
    const required = `one of ${Object.keys(FORMS).join(', ')}`
    throw invalidArgument('explain', [
      { path: '--operator', found: JSON.stringify(operator), required },
    ])
  }
  checkFlags(operator, form, flags)
  return form.state(sizesOf(flags), flags)
}

function checkFlags(operator: string, form: CallForm, flags: ProblemFlags): void {
  const list = new FaultList()
  const { layout, format, mask } = flags
  const none = `none with ${operator}`
  for (const name of OPTIONAL_FLAGS) {
    const isGiven = flags[name] !== undefined && flags[name] !== 0
    if (isGiven && !form.flags.includes(name)) list.add(`--${kebabCase(name)}`, 'given', none)
  }
  if (flags.lse) list.add('--lse', 'given', none)
  oneOf('--layout', layout, form.layouts)
  oneOf('--format', format, form.formats)
  oneOf('--mask', mask, form.masks)
  if (!list.empty) throw invalidArgument('explain', list.faults)

  function oneOf(path: string, value: string | undefined, allowed: readonly string[]): void {
    const required = allowed.length === 0 ? none : `one of ${allowed.join(', ')} with ${operator}`
    if (value !== undefined && !allowed.includes(value)) list.add(path, value, required)
  }
}
