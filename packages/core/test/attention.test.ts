import { describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { AttentionOptions, CallInputs } from '../src/attention-types.js'
import { only } from '../src/dispatch/policy.js'
import type { Fault } from '../src/errors/attention-error.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'
import { fakeCuda, fakeHost } from './fakes/fake-backend.js'
import { FakeDevice } from './fakes/fake-device.js'
import { problemOf } from './fakes/fake-problem.js'

const N = 2
const H = 4
const S = 3
const attributes = { numHeads: N }

const attentionWith = (options: AttentionOptions = {}) =>
  createAttention({ environment: {}, ...options })

const host = (...shape: number[]) => emptyTensor(shape, 'float32')
const hostInputs = () => ({
  query: host(1, S, N * H),
  key: host(1, S, N * H),
  value: host(1, S, N * H),
})

function deviceInputs(device: FakeDevice) {
  const make = () => device.empty([1, S, N * H], 'float32')
  return { query: make(), key: make(), value: make() }
}

async function faultsOf(call: Promise<unknown>): Promise<readonly Fault[]> {
  const error = await call.then(
    () => new Error('the call went through'),
    (error: unknown) => error,
  )
  expect(error).toMatchObject({
    code: 'invalid-argument',
    details: { operator: expect.any(String) },
  })
  return (error as { details: { faults: readonly Fault[] } }).details.faults
}

const pathsOf = async (call: Promise<unknown>) => (await faultsOf(call)).map(({ path }) => path)

describe('a call with host tensors', () => {
  it('computes with the reference where nothing else is', async () => {
    const attention = await attentionWith()
    const query = tensor(Float32Array.of(1, 0), [1, 1, 2])
    const key = tensor(Float32Array.of(1, 0, 0, 1), [1, 2, 2])
    const value = tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2])
    const { output, decision } = await attention.multiHeadAttention(
      { query, key, value },
      { numHeads: 1, scale: Math.log(3) },
    )
    // Scores log 3 and 0, so weights 3/4 and 1/4.
    expect([...output.data]).toEqual([1.5, 2.5])
    expect(decision).toMatchObject({ backend: 'reference', variant: 'float64', device: 'host' })
  })

  it('gives the number of threads to the backend, and the problem with its tensors', async () => {
    const execute = vi.fn(async () => {})
    const backend = { ...fakeHost(), plan: () => ({ variant: 'x', workspaceBytes: 0, execute }) }
    const attention = await attentionWith({ backends: [backend], threads: 3 })
    const inputs = hostInputs()
    const { output } = await attention.call('MultiHeadAttention', inputs, attributes)
    expect(execute).toHaveBeenCalledWith(
      expect.objectContaining({ q: inputs.query, k: inputs.key, v: inputs.value, output }),
      3,
    )
  })

  it('starts before it returns, so that the memory given is read at once', async () => {
    const onRun = vi.fn()
    const attention = await attentionWith({ backends: [fakeHost({ onRun })] })
    const call = attention.multiHeadAttention(hostInputs(), attributes)
    expect(onRun).toHaveBeenCalledTimes(1)
    await call
  })

  it('is copied to the device and back where a CUDA backend is chosen', async () => {
    const device = new FakeDevice()
    const gpu = fakeCuda([device], { workspaceBytes: 512 })
    const attention = await attentionWith({ backends: [gpu] })
    const { output, decision } = await attention.multiHeadAttention(hostInputs(), attributes)
    expect(decision).toMatchObject({ backend: 'fake-cuda', device: 'cuda:0' })
    expect(output.data.every((value) => value === 2)).toBe(true)
    expect(device.log).toEqual([
      'upload 1x3x8',
      'upload 1x3x8',
      'upload 1x3x8',
      'empty float32 1x3x8',
      'zeros uint8 512',
      'use 5 on 0',
      'download 1x3x8',
    ])
    expect(device.live.size).toBe(0)
  })

  it('uploads a tensor that plays several roles once, and downloads into the tensors given', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device])] })
    const packed = { query: host(1, S, N, 3, H) }
    const output = host(1, S, N * H)
    const result = await attention.multiHeadAttention(packed, attributes, { outputs: { output } })
    expect(result.output).toBe(output)
    expect(output.data[0]).toBe(2)
    expect(device.log.filter((line) => line.startsWith('upload'))).toEqual(['upload 1x3x2x3x4'])
  })

  it('keeps the rest of a shared buffer when it is copied to a device', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device])] })
    const [pastKey, pastValue, presentValue] = [1, 2, 3].map(() => host(1, N, 8, H))
    pastKey!.data.fill(7)
    presentValue!.data.fill(9)
    await attention.multiHeadAttention(
      { ...hostInputs(), pastKey, pastValue, pastSequenceLength: 2 },
      attributes,
      { outputs: { presentKey: pastKey, presentValue } },
    )
    expect([...pastKey!.data.subarray(0, 3)]).toEqual([3, 7, 7])
    expect(presentValue!.data.every((value) => value === 9)).toBe(true)
    expect(device.live.size).toBe(0)
  })

  it('frees what it has on the device when the kernel fails', async () => {
    const device = new FakeDevice()
    const onRun = () => {
      throw new Error('launch failed')
    }
    const gpu = fakeCuda([device], { onRun, workspaceBytes: 16 })
    const attention = await attentionWith({ backends: [gpu] })
    const call = attention.multiHeadAttention(hostInputs(), attributes)
    await expect(call).rejects.toMatchObject({
      code: 'internal',
      cause: { message: 'launch failed' },
    })
    expect(device.live.size).toBe(0)
  })
})

describe('a call with device tensors', () => {
  it('enqueues on the default stream, or on the one given', async () => {
    const device = new FakeDevice()
    const gpu = fakeCuda([device])
    const attention = await attentionWith({ backends: [fakeHost({ microseconds: 0 }), gpu] })
    const inputs = deviceInputs(device)
    const { output } = await attention.multiHeadAttention(inputs, attributes)
    expect(output).toMatchObject({ location: 'cuda', shape: [1, S, N * H], dtype: 'float32' })
    await attention.multiHeadAttention(inputs, attributes, { stream: device.createStream(7n) })
    expect(gpu.enqueued).toEqual(['workspace null stream 0', 'workspace null stream 7'])
    expect(device.log.filter((line) => line.startsWith('use'))).toEqual([
      'use 4 on 0',
      'use 4 on 7',
    ])
    expect(device.log.some((line) => /load/.test(line))).toBe(false)
  })

  it('never copies: without a backend of the device it fails with all reasons', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeHost()] })
    const call = attention.multiHeadAttention(deviceInputs(device), attributes)
    await expect(call).rejects.toMatchObject({
      code: 'no-backend-supports',
      details: {
        reasons: [
          { backend: 'fake', code: 'placement' },
          { backend: 'reference', code: 'placement' },
        ],
      },
    })
    expect(device.log.some((line) => /load/.test(line))).toBe(false)
  })

  it('returns the workspace and the outputs it made when the kernel fails', async () => {
    const device = new FakeDevice()
    const onRun = () => {
      throw new Error('launch failed')
    }
    const attention = await attentionWith({
      backends: [fakeCuda([device], { onRun, workspaceBytes: 16 })],
    })
    const inputs = deviceInputs(device)
    await expect(attention.multiHeadAttention(inputs, attributes)).rejects.toMatchObject({
      code: 'internal',
    })
    expect(device.live.size).toBe(3)
  })

  it('refuses tensors in two places, and a stream of another device', async () => {
    const [device, other] = [new FakeDevice(0), new FakeDevice(1)]
    const attention = await attentionWith({ backends: [fakeCuda([device, other])] })
    const mixed: CallInputs = { ...deviceInputs(device), key: host(1, S, N * H) }
    expect(await faultsOf(attention.call('MultiHeadAttention', mixed, attributes))).toEqual([
      { path: 'key', found: 'on host', required: 'on cuda:0, where query is' },
    ])
    const apart: CallInputs = {
      ...deviceInputs(device),
      value: other.empty([1, S, N * H], 'float32'),
    }
    expect(await pathsOf(attention.call('MultiHeadAttention', apart, attributes))).toEqual([
      'value',
    ])
    const stream = other.defaultStream
    const outputs = { output: host(1, S, N * H) }
    const call = attention.call('MultiHeadAttention', deviceInputs(device), attributes, {
      stream,
      outputs,
    })
    expect(await pathsOf(call)).toEqual(['outputs.output', 'options.stream'])
    const onHost = attention.call('MultiHeadAttention', hostInputs(), attributes, { stream })
    expect(await pathsOf(onHost)).toEqual(['options.stream'])
  })

  it('refuses a tensor that was disposed', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device])] })
    const inputs = deviceInputs(device)
    inputs.key.dispose()
    await expect(attention.multiHeadAttention(inputs, attributes)).rejects.toMatchObject({
      code: 'disposed',
      message: expect.stringContaining('key was disposed'),
    })
  })

  it('checks index tensors by a copy when asked to', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device])] })
    const keyPaddingMask = device.upload(tensor(Int32Array.of(-1), [1]))
    const inputs = { ...deviceInputs(device), keyPaddingMask }
    await attention.multiHeadAttention(inputs, attributes)
    const checked = attention.call('MultiHeadAttention', inputs, attributes, {
      validateDevice: true,
    })
    expect(await pathsOf(checked)).toEqual(['keyPaddingMask[0]'])
  })
})

describe('outputs', () => {
  it('that are optional come when asked for', async () => {
    const attention = await attentionWith()
    const result = await attention.multiHeadAttention(hostInputs(), attributes, {
      outputs: { presentKey: true, presentValue: true, qk: true },
    })
    expect(result.presentKey?.shape).toEqual([1, N, S, H])
    expect(result.presentValue?.shape).toEqual([1, N, S, H])
    expect(result.qk?.shape).toEqual([1, N, S, S])
    const plain = await attention.multiHeadAttention(hostInputs(), attributes, {
      outputs: { qk: false, output: true },
    })
    expect(Object.keys(plain).sort()).toEqual(['decision', 'output'])
  })

  it('are checked for shape, dtype and name, all at once', async () => {
    const attention = await attentionWith()
    const outputs = {
      output: emptyTensor([1, S, N * H], 'float64'),
      qk: host(1, N, S, S + 1),
    }
    const call = attention.call('MultiHeadAttention', hostInputs(), attributes, { outputs })
    expect(await faultsOf(call)).toEqual([
      { path: 'outputs.output.dtype', found: '"float64"', required: 'float32' },
      { path: 'outputs.qk.shape', found: '(1, 2, 3, 4)', required: '(1, 2, 3, 3)' },
    ])
    const odd = attention.call('MultiHeadAttention', hostInputs(), attributes, {
      outputs: { result: true, qk: 5 as never },
    })
    expect(await pathsOf(odd)).toEqual(['outputs.result', 'outputs.qk'])
  })

  it('share no memory with inputs or with one another', async () => {
    const attention = await attentionWith()
    const memory = new Float32Array(1000)
    const at = (offset: number, shape: number[]) => {
      const size = shape.reduce((a, b) => a * b)
      return tensor(memory.subarray(offset, offset + size), shape)
    }
    const inputs = {
      query: at(0, [1, S, N * H]),
      key: at(100, [1, S, N * H]),
      value: at(200, [1, S, N * H]),
    }
    const outputs = { output: at(23, [1, S, N * H]), qk: at(40, [1, N, S, S]) }
    const call = attention.call('MultiHeadAttention', inputs, attributes, { outputs })
    expect(await faultsOf(call)).toEqual([
      { path: 'outputs.output', found: 'memory that query shares', required: 'memory of its own' },
      {
        path: 'outputs.qk',
        found: 'memory that outputs.output shares',
        required: 'memory of its own',
      },
    ])
    const apart = { output: at(24, [1, S, N * H]), qk: at(48, [1, N, S, S]) }
    await attention.call('MultiHeadAttention', inputs, attributes, { outputs: apart })
  })

  it('may be the very past in a shared buffer, and only there', async () => {
    const attention = await attentionWith()
    const [pastKey, pastValue] = [host(1, N, 8, H), host(1, N, 8, H)]
    const inputs = { ...hostInputs(), pastKey, pastValue, pastSequenceLength: 2 }
    const outputs = { presentKey: pastKey, presentValue: pastValue }
    const result = await attention.multiHeadAttention(inputs, attributes, { outputs })
    expect(result.presentKey).toBe(pastKey)
    const crossed = { presentKey: pastValue, presentValue: pastKey }
    const call = attention.call('MultiHeadAttention', inputs, attributes, { outputs: crossed })
    expect(await pathsOf(call)).toEqual(['outputs.presentKey', 'outputs.presentValue'])
  })
})

describe('a malformed call', () => {
  const call = async (inputs: unknown, given: unknown = attributes, options?: unknown) => {
    const attention = await attentionWith()
    return attention.call('MultiHeadAttention', inputs as never, given as never, options as never)
  }

  it('says everything that is wrong at once', async () => {
    const inputs = {
      query: [1, 2, 3],
      key: { ...host(1, S, N * H), shape: [1, -1] },
      value: host(1, S, N * H),
      keys: host(1),
      pastSequenceLength: 1.5,
    }
    const faults = await faultsOf(call(inputs, { numHeads: 'two', heads: 2 }))
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'heads',
      'key.shape',
      'keys',
      'numHeads',
      // A length of the past comes with a past.
      'pastKey',
      'pastSequenceLength',
      'query',
    ])
  })

  it.each([null, undefined, 5, 'x', Symbol('x'), () => {}])(
    'refuses %s for an object',
    async (value) => {
      expect(await pathsOf(call(value))).toContain('inputs')
      if (value !== undefined)
        expect(await pathsOf(call(hostInputs(), attributes, value))).toEqual(['options'])
      if (value !== undefined && value !== null) {
        expect(await pathsOf(call(hostInputs(), value))).toContain('attributes')
        const outputs = { outputs: value }
        expect(await pathsOf(call(hostInputs(), attributes, outputs))).toEqual(['outputs'])
      }
    },
  )

  it('names the operators when one is unknown', async () => {
    const attention = await attentionWith()
    for (const operator of ['Softmax', 5, null]) {
      await expect(attention.call(operator as never, {}, {})).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining('MultiHeadAttention'),
      })
    }
  })

  it('refuses tensors whose parts do not fit together', async () => {
    const good = host(1, S, N * H)
    for (const [part, query] of [
      ['query.data', { ...good, data: new Float32Array(5) }],
      ['query.data', { ...good, data: new Float64Array(24) }],
      ['query.data', { ...good, data: undefined }],
      ['query.dtype', { ...good, dtype: 'float8' }],
      ['query.shape', { ...good, shape: [1, S, 8.5] }],
      ['query.shape', { ...good, shape: 'none' }],
      ['query.location', { ...good, location: 'moon' }],
      ['query.device', { ...good, location: 'cuda' }],
      ['query.pointer', { ...good, location: 'cuda', device: { index: 0 }, pointer: 5 }],
    ] as const) {
      expect(await pathsOf(call({ ...hostInputs(), query }))).toContain(part)
    }
  })

  it('refuses buffers that are not stable', async () => {
    const length = S * N * H
    const shared = new Float32Array(new SharedArrayBuffer(length * 4))
    const Resizable = ArrayBuffer as unknown as new (size: number, o: object) => ArrayBuffer
    const resizable = new Float32Array(new Resizable(length * 4, { maxByteLength: length * 8 }))
    const detached = new Float32Array(length)
    const lent = tensor(detached, [1, S, N * H])
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    for (const [found, key] of [
      ['shared', { ...lent, data: shared }],
      ['resizable', { ...lent, data: resizable }],
      ['detached', lent],
    ] as const) {
      await expect(call({ ...hostInputs(), key })).rejects.toMatchObject({
        code: 'buffer-not-stable',
        details: { path: 'key', found },
      })
    }
  })

  it('reads a scalar from a number or from a tensor of one on the host', async () => {
    const pastKey = host(1, N, 8, H)
    const inputs = { ...hostInputs(), pastKey, pastValue: host(1, N, 8, H) }
    for (const length of [2, tensor(Int32Array.of(2), [1]), tensor(BigInt64Array.of(2n), [1])]) {
      const result = await call({ ...inputs, pastSequenceLength: length })
      expect(result.output.shape).toEqual([1, S, N * H])
    }
    const device = new FakeDevice()
    for (const bad of [
      NaN,
      '2',
      host(1),
      tensor(Int32Array.of(1, 2), [2]),
      device.empty([1], 'int32'),
    ]) {
      const paths = await pathsOf(call({ ...inputs, pastSequenceLength: bad }))
      expect(paths.every((path) => path.startsWith('pastSequenceLength'))).toBe(true)
    }
  })
})

describe('a problem', () => {
  const tensors = (problem = problemOf({ dtype: 'float32', seqlenQ: 4 })) => {
    const make = () => emptyTensor([1, problem.seqlenQ, 2, 64], 'float32')
    return { problem, q: make(), k: make(), v: make(), output: make() }
  }

  it('is computed into the output given', async () => {
    const attention = await attentionWith({ backends: [fakeHost()] })
    const { problem, ...given } = tensors()
    const { decision } = await attention.compute(problem, given)
    expect(decision.backend).toBe('fake')
    expect(given.output.data[0]).toBe(1)
  })

  it('is planned once and run on tensors of either place', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device]), fakeHost()] })
    const { problem, ...given } = tensors()
    const onHost = attention.prepareProblem(problem, { policy: only('fake') })
    await onHost.run(given)
    expect(given.output.data[0]).toBe(1)
    const onDevice = attention.prepareProblem(problem, { location: 'cuda' })
    const make = () => device.empty([1, 4, 2, 64], 'float32')
    const uploaded = { q: make(), k: make(), v: make(), output: make() }
    expect(onDevice.run(uploaded)).toBeUndefined()
    expect(uploaded.output.memory[0]).toBe(2)
    expect(() => onDevice.run(given)).toThrowError(/tensors: found tensors on host/)
    await expect(onHost.run(uploaded)).rejects.toThrowError(/required tensors on the host/)
  })

  it('is refused when it or its tensors are wrong', async () => {
    const attention = await attentionWith()
    const { problem, ...given } = tensors()
    const wrong = { ...problem, numHeadsKv: 3, dtype: 'int8' } as never
    expect(await pathsOf(attention.compute(wrong, given))).toEqual(['dtype'])
    const unclonable = { ...problem, operator: () => {} } as never
    expect(await pathsOf(attention.compute(unclonable, given))).toEqual(['problem'])
    const { k, ...missing } = given
    expect(await pathsOf(attention.compute(problem, missing as never))).toEqual(['k'])
    const small = { ...given, v: emptyTensor([1], 'float32'), extra: k }
    expect(await pathsOf(attention.compute(problem, small))).toEqual(['extra'])
    const { extra, ...short } = small
    expect(await pathsOf(attention.compute(problem, short))).toEqual(['v.shape'])
    expect(await pathsOf(attention.compute(problem, { ...given, output: given.q }))).toEqual([
      'output',
    ])
  })

  it('has its index tensors checked, on a device when asked to', async () => {
    const device = new FakeDevice()
    const attention = await attentionWith({ backends: [fakeCuda([device])] })
    const { problem, ...given } = tensors(
      problemOf({ dtype: 'float32', seqlenQ: 4, mask: { kind: 'lengths' } }),
    )
    const mask = tensor(Int32Array.of(-3), [1])
    expect(await pathsOf(attention.compute(problem, { ...given, mask }))).toEqual(['mask[0]'])
    const upload = (one: HostTensor) => device.upload(one)
    const uploaded = {
      q: upload(given.q),
      k: upload(given.k),
      v: upload(given.v),
      output: upload(given.output),
      mask: upload(mask),
    }
    await attention.compute(problem, uploaded)
    const checked = attention.compute(problem, uploaded, { validateDevice: true })
    expect(await pathsOf(checked)).toEqual(['mask[0]'])
  })
})

describe('an attention that was disposed', () => {
  it('refuses every call', async () => {
    const attention = await attentionWith()
    const planned = attention.prepare('MultiHeadAttention', hostInputs(), attributes)
    attention[Symbol.dispose]()
    const refusal = { code: 'disposed' }
    await expect(attention.multiHeadAttention(hostInputs(), attributes)).rejects.toMatchObject(
      refusal,
    )
    await expect(planned.run(hostInputs())).rejects.toMatchObject(refusal)
    expect(() => attention.explain(problemOf())).toThrowError(expect.objectContaining(refusal))
    expect(() => attention.prepareProblem(problemOf())).toThrowError(
      expect.objectContaining(refusal),
    )
  })
})

describe('createAttention', () => {
  it('refuses wrong options with all faults', async () => {
    const options = { backends: [{}, fakeHost(), fakeHost()], device: -1, threads: 0 }
    await expect(createAttention(options as never)).rejects.toMatchObject({
      details: {
        faults: [
          { path: 'backends[0]' },
          { path: 'backends[2].name', found: '"fake"' },
          { path: 'device', found: '-1' },
          { path: 'threads', found: '0' },
        ],
      },
    })
    for (const value of [null, 5, 'cpu']) {
      await expect(createAttention(value as never)).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    }
    await expect(createAttention({ backends: 'cpu' } as never)).rejects.toThrowError(
      /backends: found/,
    )
  })
})
