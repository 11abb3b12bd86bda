import type { Backend } from '../backend/backend.js'
import type { Note, Reason } from '../backend/reason.js'
import type { Target } from './target.js'

/** What an operator call asks of a backend besides its problem. */
export interface CallNeeds {
  /** Q, K and V are the product of two inputs. */
  readonly projection: boolean
  /** Roles of tensors that are made of inputs first. */
  readonly derived: readonly string[]
}

export const NO_NEEDS: CallNeeds = { projection: false, derived: [] }

/** Why a backend cannot meet `needs`; none means that it can. */
export function needReasons(
  backend: Backend,
  { location }: Target,
  { projection, derived }: CallNeeds,
): readonly Reason[] {
  const reasons: Reason[] = []
  if (projection && (backend.deviceType !== 'host' || backend.project === undefined)) {
    reasons.push({
      code: 'not-supported-yet',
      subject: 'the projection of input by weights',
      found: 'asked for',
      required: 'Q, K and V that are projected already',
      remedy: 'project first, and call MultiHeadAttention or PackedMultiHeadAttention',
    })
  }
  if (derived.length > 0 && location === 'cuda') {
    reasons.push({
      code: 'not-supported-yet',
      subject: derived.join(', '),
      found: 'made of an input on the device',
      required: 'inputs on the host',
      remedy: 'call it with host tensors',
    })
  }
  return reasons
}

/** What `backend` does for a call besides its problem. */
export function needNotes({ name }: Backend, { projection }: CallNeeds): readonly Note[] {
  return projection ? [{ subject: 'projection', text: `input × weights by ${name}` }] : []
}
