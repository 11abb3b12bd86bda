// Recording the work given to a stream, and running it again with one call.
#pragma once

#include "arguments.h"

namespace attnkit::runtime {

// beginCapture(device, stream): what this thread enqueues on the stream is recorded, not run
Status begin_capture(Arguments& arguments);
// endCapture(device, stream) → results: the executable graph, its number of nodes
Status end_capture(Arguments& arguments);
// abortCapture(device, stream): ends it and drops what was recorded
Status abort_capture(Arguments& arguments);
// launchGraph(device, graph, stream)
Status launch_graph(Arguments& arguments);
// destroyGraph(device, graph)
Status destroy_graph(Arguments& arguments);

}  // namespace attnkit::runtime
