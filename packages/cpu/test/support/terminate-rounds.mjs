// Starts workers that compute, terminates each at a random moment, and prints what was seen as JSON.
// usage: node --expose-gc terminate-rounds.mjs rounds url-of-the-package
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { defineProblem, HOST } from '@attnkit/core'

const [rounds, packageUrl] = [Number(process.argv[2]), process.argv[3]]
const { cpu, hostTensor } = await import(packageUrl)
const script = new URL('./terminated-worker.mjs', import.meta.url)

const problem = defineProblem({ batch: 1, seqlenQ: 512, numHeads: 4, headDim: 64 })
const [q, k, v, output] = [1, 2, 3, 4].map(() => hostTensor([1, 512, 4, 64], 'float32'))
for (const { data } of [q, k, v]) data.set(data.map((_, i) => Math.sin(i)))
const plan = cpu({ threads: 2 }).plan(problem, HOST)

/** A sum over the result of a call on this thread. */
async function computeHere() {
  await plan.execute({ problem, q, k, v, output }, 2)
  return output.data.reduce((sum, x) => sum + Math.abs(x), 0)
}

async function terminationTime(native) {
  const worker = new Worker(script, { workerData: { packageUrl, native } })
  await once(worker, 'message')
  await sleep(Math.random() * 30)
  const start = performance.now()
  await worker.terminate()
  return performance.now() - start
}

function residentBytes() {
  globalThis.gc()
  return process.memoryUsage().rss
}

const expected = await computeHere()
const seen = { slowest: 0, wrong: 0, early: 0, late: 0 }
for (let i = 0; i < rounds; i++) {
  seen.slowest = Math.max(seen.slowest, await terminationTime(i % 2 === 0))
  if (i % 10 === 0 && (await computeHere()) !== expected) seen.wrong++
  if (i === Math.floor(rounds / 4)) seen.early = residentBytes()
}
seen.late = residentBytes()
console.log(JSON.stringify(seen))
