// Prints by how many bytes one call of 32,768 tokens raises the peak of this process, its inputs and output
// not counted. usage: node peak-memory.mjs url-of-the-package
import { readFileSync } from 'node:fs'
import { defineProblem, emptyTensor, HOST } from '@attnkit/core'

const { cpu } = await import(process.argv[2])
const SHAPE = [1, 32768, 1, 64]

function status(name) {
  const line = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(line)[1]) * 1024
}

function planOf(seqlenQ) {
  const problem = defineProblem({ batch: 1, seqlenQ, numHeads: 1, headDim: 64 })
  return { problem, plan: cpu({ threads: 2 }).plan(problem, HOST) }
}

function tensors(shape) {
  const made = [1, 2, 3, 4].map(() => emptyTensor(shape, 'float32'))
  for (const { data } of made) for (let i = 0; i < data.length; i++) data[i] = Math.sin(i)
  const [q, k, v, output] = made
  return { q, k, v, output }
}

const small = planOf(64)
await small.plan.execute({ problem: small.problem, ...tensors([1, 64, 1, 64]) }, 2)
const { problem, plan } = planOf(SHAPE[1])
const held = tensors(SHAPE)
const before = status('VmRSS')
await plan.execute({ problem, ...held }, 2)
console.log(JSON.stringify({ added: status('VmHWM') - before, variant: plan.variant }))
