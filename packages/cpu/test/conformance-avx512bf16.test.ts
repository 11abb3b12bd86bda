import { describeIsa } from './support/describe-isa.js'

describeIsa('avx512bf16', 500)
