// Calls attention through the whole package until it is terminated.

import { parentPort } from 'node:worker_threads'
import { createAttention, tensor } from 'attnkit'

const attention = await createAttention({ threads: 2 })
const shape = [1, 256, 256]
const input = () => tensor(new Float32Array(256 * 256).fill(0.5), shape)
parentPort?.postMessage('calling')
for (;;) {
  const inputs = { query: input(), key: input(), value: input() }
  await attention.multiHeadAttention(inputs, { numHeads: 4 })
}
