// What a kernel wrote to copies in native memory, on its way to the tensors of JavaScript.
#pragma once
#include "operand.h"

namespace attnkit::cpu {

// Copies what `problem` writes in `role` from `copy` to `target`, which has as many elements.
// Elements between the rows of the result stay as they are.
void copy_result(const Problem& problem, int role, const Operand& copy, const Operand& target);

}  // namespace attnkit::cpu
