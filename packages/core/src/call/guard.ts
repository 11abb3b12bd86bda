import { AttentionError, isAttentionError } from '../errors/attention-error.js'
import { describeValue } from '../errors/describe-value.js'

/** An error as callers get it: what is no `AttentionError` is a bug, and is said to be one. */
function typedError(operator: string, cause: unknown): unknown {
  if (isAttentionError(cause)) return cause
  const message = cause instanceof Error ? cause.message : describeValue(cause)
  return new AttentionError(
    'internal',
    `${operator}: ${message}. This is a bug; please report it with what \`attnkit env\` prints.`,
    { operator },
    { cause },
  )
}

/** Runs `action`; whatever it throws becomes a typed error. */
export function guard<R>(operator: string, action: () => R): R {
  try {
    return action()
  } catch (error) {
    throw typedError(operator, error)
  }
}

/** Runs `action`, without yielding before it does; whatever it throws becomes a typed rejection. */
export async function guardAsync<R>(operator: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action()
  } catch (error) {
    throw typedError(operator, error)
  }
}
