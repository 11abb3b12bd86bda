import { describeProjection } from './support/describe-projection.js'

describeProjection('avx2', 12)
