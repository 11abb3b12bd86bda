import { describeProjection } from './support/describe-projection.js'

describeProjection('sse2', 13)
