#include "kernels.h"

#include <cstdlib>

namespace attnkit::cpu {

extern "C" {
#if defined(__x86_64__)
extern const KernelTable attnkit_kernels_avx512bf16;
extern const KernelTable attnkit_kernels_avx512;
extern const KernelTable attnkit_kernels_avx2;
extern const KernelTable attnkit_kernels_sse2;
#elif defined(__aarch64__)
extern const KernelTable attnkit_kernels_neon;
#endif
}

namespace {

std::vector<const KernelTable*> usable_tables() {
  std::vector<const KernelTable*> tables;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("f16c");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512 && __builtin_cpu_supports("avx512bf16")) {
    tables.push_back(&attnkit_kernels_avx512bf16);
  }
  if (avx512) tables.push_back(&attnkit_kernels_avx512);
  if (avx2) tables.push_back(&attnkit_kernels_avx2);
  tables.push_back(&attnkit_kernels_sse2);
#elif defined(__aarch64__)
  tables.push_back(&attnkit_kernels_neon);
#endif
  return tables;
}

}  // namespace

std::vector<std::string> usable_instruction_sets() {
  std::vector<std::string> names;
  for (const KernelTable* table : usable_tables()) names.push_back(table->name);
  return names;
}

const KernelTable* choose_kernels() {
  const char* wanted = std::getenv("ATTNKIT_CPU_ISA");
  for (const KernelTable* table : usable_tables()) {
    if (!wanted || !*wanted || table->name == std::string(wanted)) return table;
  }
  return nullptr;
}

}  // namespace attnkit::cpu
