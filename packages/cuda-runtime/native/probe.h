// What CUDA says of this machine. Makes no context, so it is quick and takes no device memory.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// probe() returns {error, errorName, errorText, driverVersion, runtimeVersion, devices: [{index,
// name, major, minor, multiprocessors, memoryBytes, sharedMemoryPerBlock, l2Bytes, clockKilohertz,
// uuid}]}
Status probe(Arguments& arguments);

}  // namespace attnkit::runtime
