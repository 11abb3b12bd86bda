// The kernels of this machine's instruction set, chosen once.
#pragma once
#include <string>
#include <vector>

#include "../kernel_table.h"

namespace attnkit::cpu {

// Names of the instruction sets that were built in and that this processor has, best first.
std::vector<std::string> usable_instruction_sets();

// The best of them, or the one named by the environment variable ATTNKIT_CPU_ISA. Null when that
// names none of them: the caller says so.
const KernelTable* choose_kernels();

}  // namespace attnkit::cpu
