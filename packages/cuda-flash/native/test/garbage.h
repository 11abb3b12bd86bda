// What a kernel finds in memory that it did not write.
#pragma once

#include <cstdint>

namespace attnkit::flash::test {

// Enqueues a kernel that fills the shared memory of every multiprocessor.
void fill_shared_memory(uint32_t word);

}  // namespace attnkit::flash::test
