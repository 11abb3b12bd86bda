#!/usr/bin/env node
// Writes native/include/attnkit/wgmma_instructions.cuh: the wgmma instruction names every one of its
// registers, so there is a wrapper for each width. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const path = join(root, 'native/include/attnkit/wgmma_instructions.cuh')
const WIDTHS = [16, 24, 32, 40, 64, 72, 80, 96, 104, 112, 128, 136, 160, 192, 256]
const ELEMENTS = [
  ['__half', 'f16'],
  ['__nv_bfloat16', 'bf16'],
]

const list = (count, item) => Array.from({ length: count }, (_, i) => item(i)).join(', ')

function instruction(width, type, operands) {
  return `wgmma.mma_async.sync.aligned.m64n${width}k16.f32.${type}.${type} ${operands}`
}

/** One product; `a` lists A's operands, `signs` what follows the scale of the accumulators. */
function wrapper({ width, type, name, parameters, a, constraints, signs, transposes }) {
  const registers = width / 2
  const operand = (i) => `%${registers + i}`
  const accumulators = `{${list(registers, (i) => `%${i}`)}}`
  const b = operand(a.length)
  const accumulate = operand(a.length + 1)
  const left = a.length === 1 ? operand(0) : `{${list(a.length, operand)}}`
  const text = instruction(width, type, `${accumulators}, ${left}, ${b}, p, 1, 1, ${signs};`)
  return `  template <int kTransposeB>
  __device__ __forceinline__ static void ${name}(float (&d)[${registers}], ${parameters}, uint64_t b,
                                                 bool accumulate) {
    asm volatile(
        "{\\n.reg .pred p;\\nsetp.ne.b32 p, ${accumulate}, 0;\\n"
        "${text.replace(transposes, operand(a.length + 2))}\\n}\\n"
        : ${list(registers, (i) => `"+f"(d[${i}])`)}
        : ${constraints}, "l"(b), "r"(int(accumulate)), "n"(kTransposeB));
  }
`
}

function specialisation(width, [element, type]) {
  const shared = wrapper({
    width,
    type,
    name: 'multiply_shared',
    parameters: 'uint64_t a',
    a: ['a'],
    constraints: '"l"(a)',
    signs: '0, B',
    transposes: 'B',
  })
  const registers = wrapper({
    width,
    type,
    name: 'multiply_registers',
    parameters: 'const uint32_t (&a)[4]',
    a: [0, 1, 2, 3],
    constraints: list(4, (i) => `"r"(a[${i}])`),
    signs: 'B',
    transposes: 'B',
  })
  return `template <>\nstruct Wgmma<${element}, ${width}> {\n${shared}${registers}};\n`
}

const text = `// Written by scripts/generate-wgmma.mjs.
//
// Wgmma<Element, kWidth> has D (64 x kWidth, float32) = A (64 x 16) B (16 x kWidth), plus D when
// \`accumulate\`: multiply_shared() with A in shared memory, K-major, multiply_registers() with A in
// registers. kTransposeB is 0 for a B that is K-major, 1 for one whose rows of kWidth are
// contiguous.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

// clang-format off
namespace attnkit {

template <typename Element, int kWidth>
struct Wgmma;

${ELEMENTS.flatMap((element) => WIDTHS.map((width) => specialisation(width, element))).join('\n')}
}  // namespace attnkit
`

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} differs from what this script writes`)
    process.exitCode = 1
  }
} else {
  writeFileSync(path, text)
}
