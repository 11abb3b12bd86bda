// The shared kernels, entered from JavaScript like every kernel of attnkit.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// launch(kernel, params: Uint8Array, stream): kernel is a Kernel
Status launch(Arguments& arguments);
// layouts() returns {kernel: {member: offset, …, size}}: how `params` is packed
Status layouts(Arguments& arguments);

}  // namespace attnkit::runtime
