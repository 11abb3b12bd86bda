// Puts the tensors of a call into its problem, after checking that nothing lies outside of them.
#pragma once
#include "operand.h"
#include "problem_values.h"

namespace attnkit::cpu {

// The dtype that the tensor in a role must have.
int32_t role_dtype(const ProblemValues& values, int role);

// Fails with `invalid-argument` when a tensor is missing or too small. Without `outputs` those stay
// null. The problem is valid as long as `values`.
Problem bind_problem(const ProblemValues& values, const Operands& operands, bool outputs = true);

}  // namespace attnkit::cpu
