// Device memory in the order of streams. Handles are bigints, results lie in the environment's
// array.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// allocate(device, bytes, stream) → results[0]: the pointer, valid in the order of the stream
Status allocate(Arguments& arguments);
// allocateNow(device, bytes, stream) → results[0]: valid at once, also while a graph is captured
Status allocate_now(Arguments& arguments);
// release(device, pointer, stream): free in the order of the stream
Status release(Arguments& arguments);
// fill(device, pointer, byte, bytes, stream)
Status fill(Arguments& arguments);
// copy(device, to, from, bytes, stream): within the device
Status copy(Arguments& arguments);
// memoryInfo(device) → results: free, total, used by the pool, reserved by the pool
Status memory_info(Arguments& arguments);
// describePointer(device, pointer) → results: cudaMemoryType, device, start and bytes of its
// allocation
Status describe_pointer(Arguments& arguments);
// reportMemory(bytes): tells the garbage collector that bytes more (or fewer) are held
Status report_memory(Arguments& arguments);

}  // namespace attnkit::runtime
