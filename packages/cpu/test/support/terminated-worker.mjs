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
const projection = { dtype: 'float32', tokens: 512, inputWidth: 512, width: 512 }
const factors = { input: make([512, 512], 'float32'), weights: make([512, 512], 'float32') }
parentPort.postMessage('ready')
for (;;) {
  const attention = [1, 2].map(() => plan.execute({ problem, q, k, v, output }, 2))
  const [product] = await Promise.all([backend.project(projection, factors, 2), ...attention])
  backend.recycle(product)
}
