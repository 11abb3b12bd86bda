import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The reference is slow, and so is a machine that builds something else meanwhile.
  test: { testTimeout: 60_000 },
})
