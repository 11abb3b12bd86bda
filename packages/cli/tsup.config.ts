import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', bin: 'src/bin.ts' },
  format: 'esm',
  target: 'node20',
  // Found where they are installed; never part of this package.
  external: ['@attnkit/bench', '@attnkit/cuda-runtime'],
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
})
