import {
  arrayType,
  bufferNotStable,
  bufferState,
  type Dtype,
  type DtypeArrays,
  describeValue,
  elementCount,
  type HostTensor,
  invalidArgument,
  isTensor,
} from '@attnkit/core'

/**
 * The elements of a host tensor, safe to hand to native code for the time of a call. Throws
 * `invalid-argument` for anything else and `buffer-not-stable` for memory that may go away.
 */
export function hostElements<D extends Dtype>(
  operator: string,
  path: string,
  tensor: HostTensor<D>,
): DtypeArrays[D] {
  if (!isTensor(tensor) || tensor.location !== 'host') {
    const found = describeValue(tensor)
    throw invalidArgument(operator, [{ path, found, required: 'a tensor on the host' }])
  }
  const elements = elementCount(tensor.shape)
  const state = bufferState(tensor.data, elements)
  if (state !== null) throw bufferNotStable(operator, path, state)
  if (tensor.data instanceof arrayType(tensor.dtype) && tensor.data.length === elements) {
    return tensor.data
  }
  throw invalidArgument(operator, [
    {
      path: `${path}.data`,
      found: describeValue(tensor.data),
      required: `${arrayType(tensor.dtype).name}(${elements})`,
    },
  ])
}
