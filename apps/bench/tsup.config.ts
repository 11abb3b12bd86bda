import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    bin: 'src/bin.ts',
    'onnxruntime-child': 'src/peers/onnxruntime-child.ts',
  },
  format: 'esm',
  target: 'node20',
  // A peer, measured where it is installed; never part of this package.
  external: ['onnxruntime-node'],
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
})
