/** What a consumer's program does: one small call, and what ran it, as JSON on stdout. */
const CALL = `
const shape = [1, 4, 16]
const tokens = tensor(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), shape)
const inputs = { query: tokens, key: tokens, value: tokens }
const { output, decision } = await attention.multiHeadAttention(inputs, { numHeads: 2 })
const backends = attention.backends.map(({ name, status, reason }) => ({
  name, status, code: reason?.code ?? null,
}))
const first = Array.from(output.data.subarray(0, 3))
console.log(JSON.stringify({ shape: output.shape, first, backend: decision.backend, backends }))
`

export interface CallReport {
  readonly shape: readonly number[]
  readonly first: readonly number[]
  readonly backend: string
  readonly backends: readonly {
    readonly name: string
    readonly status: string
    readonly code: string | null
  }[]
}

/** A program that calls core with the backends that `packages` export under these names. */
export function callWithBackends(backends: Readonly<Record<string, string>>): string {
  const imports = Object.entries(backends).map(
    ([name, from]) => `import { ${name} } from '${from}'`,
  )
  const list = Object.keys(backends).map((name) => `${name}()`)
  return `import { createAttention, tensor } from '@attnkit/core'
${imports.join('\n')}
const attention = await createAttention({ backends: [${list.join(', ')}] })
${CALL}`
}

/** A program that leaves the choice of backends to `attnkit`. */
export const callWithDiscovery = `import { createAttention, tensor } from 'attnkit'
const attention = await createAttention()
${CALL}`
