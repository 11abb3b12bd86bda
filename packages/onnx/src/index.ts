export type {
  OnnxAttribute,
  OnnxAttributeValue,
  OnnxGraph,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxValue,
} from './model.js'
export { type OperatorCall, operatorCalls } from './operator-calls.js'
export { readModel } from './read-model.js'
export { type NamedTensor, readTensor } from './read-tensor.js'
export { type ModelCall, type ValueSpec, writeModel } from './write-model.js'
export { writeTensor } from './write-tensor.js'
