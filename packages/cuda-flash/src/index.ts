export { cudaFlash } from './cuda-flash.js'
export type { CudaFlashOptions } from './options.js'
