export * from '@attnkit/core'
export { hostTensor } from '@attnkit/cpu'
export { createAttention } from './create-attention.js'
export {
  type DiscoveredBackends,
  type DiscoveryOptions,
  discoverBackends,
} from './discover-backends.js'
export { KNOWN_BACKENDS, type KnownBackend } from './known-backends.js'
