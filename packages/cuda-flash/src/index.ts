export { cudaFlash } from './cuda-flash.js'
