export { createAttention } from './attention.js'
export type * from './attention-operator-types.js'
export type * from './attention-types.js'
export type { Availability, BuildInfo } from './backend/availability.js'
export {
  BACKEND_CONTRACT,
  type Backend,
  backendBrand,
  type CudaBackend,
  type Estimate,
  type HostBackend,
  type Projection,
  type ProjectionTensors,
  type Support,
} from './backend/backend.js'
export type {
  Capabilities,
  HeadDimRange,
  KernelFamily,
  KernelVariant,
} from './backend/capabilities.js'
export { checkCapabilities } from './backend/check-capabilities.js'
export { type BackendDefinition, defineBackend, isBackend } from './backend/define-backend.js'
export {
  type DerivedIndices,
  type Device,
  type DeviceProperties,
  HOST,
  type Stream,
} from './backend/device.js'
export type { BoundProblem, CudaPlan, HostPlan, Plan } from './backend/plan.js'
export { planKey, seqlenBucket } from './backend/plan-key.js'
export {
  LOADER_REASON_CODES,
  type Note,
  PROBLEM_REASON_CODES,
  type Reason,
  type ReasonCode,
} from './backend/reason.js'
export type { Candidate, Decision, EnvironmentEffect } from './dispatch/decision.js'
export { type DispatchEnvironment, readEnvironment } from './dispatch/environment.js'
export {
  ONNXRUNTIME_VARIABLES,
  type OnnxruntimeVariable,
  type VariableDeclaration,
} from './dispatch/environment-variables.js'
export {
  type Condition,
  ONNXRUNTIME_ORDER,
  type OperatorRule,
  type OrderRule,
  type OrderStep,
  type SwitchRule,
  type ThresholdRule,
} from './dispatch/onnxruntime-order.js'
export { type OnlyPolicy, only, type Policy, policyName } from './dispatch/policy.js'
export {
  AttentionError,
  type AttentionErrorCode,
  type AttentionErrorDetails,
  ERROR_CODES,
  type Fault,
  isAttentionError,
} from './errors/attention-error.js'
export { type BufferState, bufferNotStable } from './errors/buffer-not-stable.js'
export { describeValue } from './errors/describe-value.js'
export { disposed } from './errors/disposed.js'
export { FaultList } from './errors/fault-list.js'
export { invalidArgument } from './errors/invalid-argument.js'
export {
  type BackendReasons,
  backendUnavailable,
  noBackendSupports,
} from './errors/no-backend-supports.js'
export type * from './group-query-attention-types.js'
export type * from './multi-head-attention-types.js'
export { fromBfloat16, toBfloat16 } from './numeric/bfloat16.js'
export { type Comparison, compareTensors } from './numeric/compare-tensors.js'
export { type ElementReader, elementReader } from './numeric/element-reader.js'
export { fromFloat16, toFloat16 } from './numeric/float16.js'
export { fromFloat64, toFloat64 } from './numeric/float64.js'
export { LOWEST_VALUES } from './numeric/lowest-value.js'
export { TOLERANCES, type Tolerance } from './numeric/tolerances.js'
export type * from './onnx-attention-types.js'
export type { Beside, OptionsWith } from './operator-method.js'
export { attention } from './operators/attention.js'
export { groupQueryAttention } from './operators/group-query-attention.js'
export { OPERATORS } from './operators/index.js'
export { multiHeadAttention } from './operators/multi-head-attention.js'
export { onnxAttention } from './operators/onnx-attention.js'
export type {
  AttributeDeclaration,
  Attributes,
  AttributeValue,
  Derivation,
  InputDeclaration,
  Inputs,
  LoweredCall,
  LoweredOutput,
  LoweredProjection,
  OperatorDefinition,
  OutputDeclaration,
  Scalars,
  Specs,
  TensorSpec,
} from './operators/operator.js'
export { packedAttention } from './operators/packed-attention.js'
export { packedMultiHeadAttention } from './operators/packed-multi-head-attention.js'
export type * from './packed-attention-types.js'
export { type PackedSequences, removePadding } from './packing/remove-padding.js'
export { restorePadding } from './packing/restore-padding.js'
export {
  type AttentionProblem,
  EXCLUSION_THRESHOLD,
  MASK_KINDS,
  type MaskKind,
  type MaskSpec,
  type PastSpec,
  QK_OUTPUTS,
  type QkOutput,
  type RotarySpec,
  SINK_KINDS,
  type SinkKind,
  SOFTMAX_PRECISIONS,
  type SoftmaxPrecision,
} from './problem/attention-problem.js'
export type { AttentionTensors, TensorRole } from './problem/attention-tensors.js'
export { biasView, defineProblem, maskView, type ProblemOptions } from './problem/define-problem.js'
export {
  HEAD_ROLES,
  type HeadAxes,
  type HeadRole,
  headAxes,
  newKeys,
  pastRows,
  presentRows,
} from './problem/head-axes.js'
export { type HeadVector, headVectors } from './problem/head-vectors.js'
export { indexFaults } from './problem/index-faults.js'
export { FORMATS, type Format, formatOf, LAYOUTS, type Layout } from './problem/layout.js'
export { layoutShape, layoutViews } from './problem/layout-views.js'
export { problemBytes } from './problem/problem-bytes.js'
export { problemFaults } from './problem/problem-faults.js'
export { problemFlops } from './problem/problem-flops.js'
export { type BiasPlacement, projectionBiasPlacement } from './problem/projection-bias-placement.js'
export { tensorFaults } from './problem/tensor-faults.js'
export {
  packedRoles,
  type RoleSpec,
  type RoleSpecs,
  type Tokens,
  tensorSpecs,
} from './problem/tensor-specs.js'
export { headExtent, scoreExtent, tokenCapacity } from './problem/view-extent.js'
export type { HeadView, ScoreView } from './problem/views.js'
export { type RowContext, visibleKeys } from './problem/visible-keys.js'
export { computeReference } from './reference/compute-reference.js'
export type { Float64Outputs, RowIndex } from './reference/float64-outputs.js'
export { reference } from './reference/reference.js'
export { writeOutputs } from './reference/write-outputs.js'
export { bufferState } from './tensor/buffer-state.js'
export {
  arrayType,
  DTYPES,
  type Dtype,
  type DtypeArrays,
  dtypeBytes,
  FLOAT_DTYPES,
  type FloatDtype,
  INDEX_DTYPES,
  type IndexDtype,
  isDtype,
  isFloatDtype,
  type TensorData,
} from './tensor/dtype.js'
export { emptyTensor, tensor } from './tensor/host-tensor.js'
export { elementCount, isShape, sameShape, shapeText } from './tensor/shape.js'
export {
  type DeviceTensor,
  type HostTensor,
  isTensor,
  type Tensor,
  tensorBrand,
} from './tensor/tensor.js'
