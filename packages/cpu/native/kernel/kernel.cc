// Compiled once per instruction set, with -DATTNKIT_ISA=avx512 -DATTNKIT_LANES=16 … and its flags.
// Calls nothing outside and exports its table alone, so that no code of one set can run on another.
#include "float64_vectors.h"
#include "gemm_task.h"
#include "make_plan.h"

#define ATTNKIT_JOIN_(a, b) a##b
#define ATTNKIT_JOIN(a, b) ATTNKIT_JOIN_(a, b)
#define ATTNKIT_TEXT_(a) #a
#define ATTNKIT_TEXT(a) ATTNKIT_TEXT_(a)

namespace attnkit::cpu {
extern "C" {
extern const KernelTable ATTNKIT_JOIN(attnkit_kernels_, ATTNKIT_ISA);
const KernelTable ATTNKIT_JOIN(attnkit_kernels_, ATTNKIT_ISA) = {
    ATTNKIT_TEXT(ATTNKIT_ISA), kLanes,       kQueries,     make_plan, run_task,    use_prepared,
    plan_projection,           project_task, pack_weights, dot,       multiply_add};
}
}  // namespace attnkit::cpu
