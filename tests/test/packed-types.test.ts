import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { InstalledFolder } from '../src/installed-folder.js'
import { outsideDependencies, ROOT } from '../src/repository.js'

const tarballs = inject('tarballs')

const CONSUMER = `import { createAttention, tensor, AttentionError, type Decision } from 'attnkit'
import { defineProblem } from '@attnkit/core'
import { CONFORMANCE_CASES } from '@attnkit/core/conformance'
import { loadAddon } from '@attnkit/core/native'
import { cpu } from '@attnkit/cpu'
import { cudaFlash } from '@attnkit/cuda-flash'
import { cudaRuntime } from '@attnkit/cuda-runtime'
import { type OperatorCall, operatorCalls, readModel } from '@attnkit/onnx'

const attention = await createAttention({ backends: [cudaFlash(), cpu()] })
const query = tensor(new Float32Array(8), [1, 2, 4])
const result = await attention.multiHeadAttention({ query, key: query, value: query }, { numHeads: 1 })
export const decision: Decision = result.decision
export const size: number = result.output.shape.length
export const calls: readonly OperatorCall[] = operatorCalls(readModel(new Uint8Array()))
export const others = [AttentionError, defineProblem, CONFORMANCE_CASES, loadAddon, cudaRuntime]
`

const STRICT = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  types: [],
}

test.each([
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'Bundler'],
])('the types serve a strict consumer: module %s, resolution %s', async (module, resolution) => {
  using folder = new InstalledFolder()
  const packed = Object.values(tarballs).filter((path) => !/(cli|bench)-/.test(path))
  const outside = outsideDependencies('@attnkit/onnx').map(([, path]) => path)
  await folder.npmInstall([...outside, ...packed])
  folder.write('consumer.ts', CONSUMER)
  const compilerOptions = { ...STRICT, module, moduleResolution: resolution }
  folder.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const result = await folder.node([tsc])
  expect(result.stdout).toBe('')
  expect(result.code).toBe(0)
})
