// Transfers between the host and a device that never make JavaScript wait for the device.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// upload(device, to, typedArray, stream): the array has been read when this returns
Status upload(Arguments& arguments);
// download(device, from, bytes, stream, pinnedArray?) → results[0]: the completion, which brings an
// ArrayBuffer unless the bytes went into the pinned array
Status download(Arguments& arguments);
// notify(device, stream) → results[0]: the completion of what the stream was given so far
Status notify(Arguments& arguments);
// notifyAll(device) → results[0]: the same for every stream that was created here
Status notify_all(Arguments& arguments);
// copyPinned(device, device pointer, pinnedArray, stream) → results[0]: the completion, after which
// the array may be written again
Status copy_pinned(Arguments& arguments);

// createPinned(device, bytes) returns an ArrayBuffer of page-locked memory
Status create_pinned(Arguments& arguments);

}  // namespace attnkit::runtime
