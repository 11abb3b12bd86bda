import { describeIsa } from './support/describe-isa.js'

describeIsa('sse2', 300)
