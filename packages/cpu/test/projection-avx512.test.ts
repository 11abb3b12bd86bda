import { describeProjection } from './support/describe-projection.js'

describeProjection('avx512', 11)
