// Streams and the events that order them.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// createStream(device) → results[0]; it does not wait for the legacy default stream
Status create_stream(Arguments& arguments);
// destroyStream(device, stream): returns at once, the work that was enqueued still runs
Status destroy_stream(Arguments& arguments);
// checkStream(device, stream): whether a stream of another library is one, and of this device
Status check_stream(Arguments& arguments);
// join(device, from, to): what is enqueued on `to` from now on waits for what `from` was given
Status join(Arguments& arguments);
// createEvent(device, timing: 0 or 1) → results[0]
Status create_event(Arguments& arguments);
Status destroy_event(Arguments& arguments);
// recordEvent(device, event, stream)
Status record_event(Arguments& arguments);
// waitEvent(device, event, stream): the stream waits, not the caller
Status wait_event(Arguments& arguments);
// queryEvent(device, event) → results[0]: 1 when it has happened
Status query_event(Arguments& arguments);
// elapsed(device, start, end) → results[0]: bits of the milliseconds as a double
Status elapsed(Arguments& arguments);
// enterDevice(device), leaveDevice(): make its context current for native code that follows
Status enter_device(Arguments& arguments);
Status leave_device(Arguments& arguments);

}  // namespace attnkit::runtime
