import type { Backend } from '../backend/backend.js'
import type { DeviceProperties } from '../backend/device.js'
import { isDevice } from '../backend/is-device.js'
import type { Note, Reason } from '../backend/reason.js'
import type { Derivation } from '../operators/operator.js'
import type { Target } from './target.js'

/** A tensor that is made of an input first. */
export interface DerivedRole {
  readonly role: string
  readonly kind: Derivation['kind']
}

/** What an operator call asks of a backend besides its problem. */
export interface CallNeeds {
  /** Q, K and V are the product of two inputs. */
  readonly projection: boolean
  readonly derived: readonly DerivedRole[]
}

export const NO_NEEDS: CallNeeds = { projection: false, derived: [] }

/** Why a backend cannot meet `needs` on `device`; none means that it can. */
export function needReasons(
  backend: Backend,
  { location }: Target,
  device: DeviceProperties,
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
  const underivable = location === 'cuda' ? derived.filter((one) => !canDerive(device, one)) : []
  if (underivable.length > 0) {
    reasons.push({
      code: 'not-supported-yet',
      subject: underivable.map(({ role }) => role).join(', '),
      found: 'made of an input on the device',
      required: 'inputs on the host',
      remedy: 'call it with host tensors',
    })
  }
  return reasons
}

/** Whether a device makes such a tensor; one that is only described is taken to. */
function canDerive(device: DeviceProperties, { kind }: DerivedRole): boolean {
  return kind === 'indices' && (!isDevice(device) || device.deriveIndices !== undefined)
}

/** What `backend` does for a call besides its problem. */
export function needNotes({ name }: Backend, { projection }: CallNeeds): readonly Note[] {
  return projection ? [{ subject: 'projection', text: `input × weights by ${name}` }] : []
}
