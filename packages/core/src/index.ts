export * from './attention-types.js'
