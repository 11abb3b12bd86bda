import { type Attention, type DeviceTensor, type HostTensor, only } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { type GraphCall, graphInputs, unwrittenOutput } from './graph-calls.js'

/** What capturing needs of a device. */
export type GraphDevice = Pick<CudaDevice, 'upload' | 'write' | 'download' | 'createStream'>

const FIRST_CONTENTS = 1
const LATER_CONTENTS = [2, 3] as const

/**
 * Captures a planned call, then replays it twice on other contents of the same tensors. Each result must
 * be, bit for bit, that of the planned call itself on those contents. Throws where one is not, and what
 * `prepare` throws where the backend does not run the call.
 */
export async function runInGraph(
  attention: Pick<Attention, 'prepare'>,
  device: GraphDevice,
  backend: string,
  call: GraphCall,
): Promise<void> {
  const made: DeviceTensor[] = []
  using stream = device.createStream()
  const upload = (source: HostTensor): DeviceTensor => {
    const held = device.upload(source, { stream })
    made.push(held)
    return held
  }
  try {
    const inputs = mapValues(graphInputs(call, FIRST_CONTENTS), upload)
    const run = plannedRun(attention, backend, call, inputs)
    const [replayed, direct] = [upload(unwrittenOutput(call)), upload(unwrittenOutput(call))]
    run(replayed, stream)
    using graph = stream.capture(() => run(replayed, stream))
    for (const seed of LATER_CONTENTS) {
      const contents = { ...graphInputs(call, seed) }
      for (const [name, source] of Object.entries(contents)) {
        await device.write(inputs[name]!, source, { stream })
      }
      await device.write(replayed, unwrittenOutput(call), { stream })
      graph.launch(stream)
      run(direct, stream)
      expectSame(
        await device.download(replayed, { stream }),
        await device.download(direct, { stream }),
      )
    }
  } finally {
    for (const tensor of made) tensor.dispose()
  }
}

type Inputs = Readonly<Record<string, DeviceTensor>>
type GraphStream = ReturnType<GraphDevice['createStream']>

/** Plans a call; what it returns enqueues it into an output. */
function plannedRun(
  attention: Pick<Attention, 'prepare'>,
  backend: string,
  { operator, attributes, scalars, shared }: GraphCall,
  inputs: Inputs,
): (output: DeviceTensor, stream: GraphStream) => void {
  const present = mapValues(shared, (name) => inputs[name]!)
  const planned = attention.prepare(operator, inputs, attributes, {
    policy: only(backend),
    location: 'cuda',
    scalars,
    outputs: present,
  })
  const given = { ...inputs, ...scalars }
  return (output, stream) => {
    planned.run(given, { stream, outputs: { ...present, output } })
  }
}

function expectSame(replayed: HostTensor, direct: HostTensor): void {
  const [actual, expected] = [replayed.data as Uint16Array, direct.data as Uint16Array]
  const wrong = actual.findIndex((bits, i) => bits !== expected[i])
  if (wrong < 0) return
  const hex = (bits: number) => `0x${bits.toString(16).padStart(4, '0')}`
  throw new Error(
    `element ${wrong} of a replay is ${hex(actual[wrong]!)}, of the call itself ${hex(expected[wrong]!)}`,
  )
}

function mapValues<A, B>(
  from: Readonly<Record<string, A>>,
  make: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, make(value)]))
}
