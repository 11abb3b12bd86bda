export { type CpuOptions, cpu } from './cpu.js'
export { float64Attention } from './float64-attention.js'
export { hostTensor } from './host-tensor.js'
