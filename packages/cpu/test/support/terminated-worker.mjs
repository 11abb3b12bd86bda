// Computes attention again and again until it is terminated, or throws when a result is wrong.
import { parentPort, workerData } from 'node:worker_threads'
import { defineProblem, emptyTensor, HOST } from '@attnkit/core'

const { cpu, hostTensor } = await import(workerData.packageUrl)
const backend = cpu({ threads: 2 })
const problem = defineProblem({ batch: 1, seqlenQ: 1024, numHeads: 4, headDim: 64 })
const make = workerData.native ? hostTensor : emptyTensor
const shape = [1, 1024, 4, 64]
const [q, k, v, output] = [0, 1, 2, 3].map(() => make(shape, 'float32'))
const plan = backend.plan(problem, HOST)
parentPort.postMessage('ready')
for (;;) await Promise.all([1, 2].map(() => plan.execute({ problem, q, k, v, output }, 2)))
