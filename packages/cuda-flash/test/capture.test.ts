import {
  compareTensors,
  createAttention,
  type DeviceTensor,
  type HostTensor,
  reference,
  TOLERANCES,
  tensor,
  toFloat64,
} from '@attnkit/core'
import { cudaRuntime } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import { cudaFlash } from '../src/index.js'
import { halfFloats, halfZeros } from './half-floats.js'

const availability = await cudaFlash().availability()
const runtime = await cudaRuntime()
const device = runtime.status === 'ready' ? runtime.devices[0] : undefined
const why = availability.status === 'unavailable' ? `, skipped: ${availability.reason.code}` : ''

const ATTRIBUTES = { numHeads: 4, kvNumHeads: 2 }
const ROWS = 8
// Of the captured call: each token's own number of keys is on the device.
const scalars = { totalSequenceLength: ROWS }

/** What each token brings; the second sequence is two tokens ahead. */
function tokenInputs(token: number) {
  const seqlensK = tensor(Int32Array.of(token, token + 2), [2])
  return {
    query: halfFloats(2, 1, 256),
    key: halfFloats(2, 1, 128),
    value: halfFloats(2, 1, 128),
    seqlensK,
  }
}

describe.skipIf(device === undefined || why !== '')(`on a GPU${why}`, () => {
  it('one graph of GroupQueryAttention serves every token', async () => {
    const onDevice = await createAttention({ backends: [cudaFlash()], environment: {} })
    const onHost = await createAttention({ backends: [reference()], environment: {} })
    const stream = device!.createStream()
    const upload = (source: HostTensor) => device!.upload(source, { stream })
    const tokens = [0, 1, 2, 3].map(tokenInputs)
    const placed = Object.entries(tokens[0]!).map(([name, input]) => [name, upload(input)])
    const [pastKey, pastValue] = [halfZeros(2, 2, ROWS, 64), halfZeros(2, 2, ROWS, 64)].map(upload)
    const caches = { pastKey: pastKey!, pastValue: pastValue! }
    const inputs: Record<string, DeviceTensor> = { ...Object.fromEntries(placed), ...caches }
    const output = device!.empty([2, 1, 256], 'float16', { stream })
    const outputs = { output, presentKey: caches.pastKey, presentValue: caches.pastValue }
    const planned = onDevice.prepare('GroupQueryAttention', inputs, ATTRIBUTES, {
      scalars,
      outputs,
    })
    planned.run(inputs, { stream, outputs })
    const graph = stream.capture(() => void planned.run(inputs, { stream, outputs }))

    let past = { pastKey: halfZeros(2, 2, ROWS, 64), pastValue: halfZeros(2, 2, ROWS, 64) }
    for (const token of tokens) {
      for (const [name, input] of Object.entries(token)) {
        await device!.write(inputs[name]!, input as HostTensor, { stream })
      }
      graph.launch()
      const found = toFloat64(await device!.download(output, { stream }))
      const expected = await onHost.groupQueryAttention(
        { ...token, ...past, ...scalars } as never,
        ATTRIBUTES,
        { outputs: { presentKey: true, presentValue: true } },
      )
      const wanted = toFloat64(expected.output as HostTensor)
      expect(compareTensors(found, wanted, TOLERANCES.float16)).toMatchObject({ ok: true })
      past = { pastKey: expected.presentKey as never, pastValue: expected.presentValue as never }
      const key = await device!.download(caches.pastKey, { stream })
      expect(key.data).toEqual(past.pastKey.data)
    }
    graph.dispose()
  })
})
