#include "graphs.h"

namespace attnkit::runtime {
namespace {

cudaGraphExec_t as_graph(uint64_t handle) { return reinterpret_cast<cudaGraphExec_t>(handle); }

Status keep_graph(Arguments& arguments, int device, cudaGraph_t graph) {
  size_t nodes = 0;
  cudaGraphExec_t executable = nullptr;
  cudaError_t error = cudaGraphGetNodes(graph, nullptr, &nodes);
  if (error == cudaSuccess) error = cudaGraphInstantiate(&executable, graph, 0);
  if (error != cudaSuccess) return cuda_status(error, "cudaGraphInstantiate");
  arguments.environment().graphs[executable] = device;
  arguments.environment().set_result(0, executable);
  arguments.environment().set_result(1, nodes);
  return ok_status();
}

}  // namespace

Status begin_capture(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  return cuda_status(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                     "cudaStreamBeginCapture");
}

Status end_capture(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  cudaGraph_t graph = nullptr;
  const cudaError_t error = cudaStreamEndCapture(stream, &graph);
  if (error != cudaSuccess) return cuda_status(error, "cudaStreamEndCapture");
  const Status status = keep_graph(arguments, on.device().index, graph);
  cudaGraphDestroy(graph);
  return status;
}

Status abort_capture(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  cudaGraph_t graph = nullptr;
  cudaStreamEndCapture(stream, &graph);
  if (graph != nullptr) cudaGraphDestroy(graph);
  cudaGetLastError();  // an invalidated capture is what this is for
  return ok_status();
}

Status launch_graph(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaGraphExec_t graph = as_graph(arguments.address(1));
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  return cuda_status(cudaGraphLaunch(graph, stream), "cudaGraphLaunch");
}

Status destroy_graph(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaGraphExec_t graph = as_graph(arguments.address(1));
  if (!on.status().ok()) return on.status();
  if (arguments.environment().graphs.erase(graph) == 0) {
    return error_status(StatusCode::kInvalidArgument, "the graph was not captured here");
  }
  return cuda_status(cudaGraphExecDestroy(graph), "cudaGraphExecDestroy");
}

}  // namespace attnkit::runtime
