// ONNX Runtime in a process of its own: a model in, its outputs out, over messages.
import ort from 'onnxruntime-node'

const TYPES = {
  Float32Array: 'float32',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
  Uint8Array: 'bool',
}

process.on('message', async ({ id, model, feeds }) => {
  try {
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: 2,
      logSeverityLevel: 3,
    })
    const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      new ort.Tensor(TYPES[data.constructor.name], data, dims),
    ])
    const outputs = await session.run(Object.fromEntries(tensors))
    const arrays = Object.entries(outputs).map(([name, { data }]) => [name, data])
    process.send({ id, outputs: Object.fromEntries(arrays) })
    await session.release()
  } catch (error) {
    process.send({ id, error: String(error) })
  }
})
process.send({ id: 'ready' })
