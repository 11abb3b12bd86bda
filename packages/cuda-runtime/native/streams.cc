#include "streams.h"

#include <bit>

namespace attnkit::runtime {

Status create_stream(Arguments& arguments) {
  const OnDevice on(arguments);
  if (!on.status().ok()) return on.status();
  cudaStream_t stream = nullptr;
  const cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  if (error != cudaSuccess) return cuda_status(error, "cudaStreamCreateWithFlags");
  arguments.environment().streams[stream] = on.device().index;
  arguments.environment().set_result(0, stream);
  return ok_status();
}

Status destroy_stream(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  if (arguments.environment().streams.erase(stream) == 0) {
    return error_status(StatusCode::kInvalidArgument, "the stream was not created here");
  }
  return cuda_status(cudaStreamDestroy(stream), "cudaStreamDestroy");
}

Status check_stream(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  int device = -1;
  const cudaError_t error = cudaStreamGetDevice(stream, &device);
  if (error != cudaSuccess) return cuda_status(error, "cudaStreamGetDevice");
  if (device == on.device().index) return ok_status();
  return error_status(StatusCode::kInvalidArgument, "the stream belongs to another device");
}

Status join(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t from = arguments.stream(1);
  const cudaStream_t to = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  cudaEvent_t event = nullptr;
  cudaError_t error = cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
  if (error != cudaSuccess) return cuda_status(error, "cudaEventCreateWithFlags");
  error = cudaEventRecord(event, from);
  if (error == cudaSuccess) error = cudaStreamWaitEvent(to, event, 0);
  cudaEventDestroy(event);
  return cuda_status(error, "ordering one stream after another");
}

Status create_event(Arguments& arguments) {
  const OnDevice on(arguments);
  const bool timing = arguments.integer(1) != 0;
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  cudaEvent_t event = nullptr;
  const unsigned flags = timing ? cudaEventDefault : cudaEventDisableTiming;
  const cudaError_t error = cudaEventCreateWithFlags(&event, flags);
  if (error != cudaSuccess) return cuda_status(error, "cudaEventCreateWithFlags");
  arguments.environment().events[event] = on.device().index;
  arguments.environment().set_result(0, event);
  return ok_status();
}

Status destroy_event(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaEvent_t event = arguments.event(1);
  if (!on.status().ok()) return on.status();
  if (arguments.environment().events.erase(event) == 0) {
    return error_status(StatusCode::kInvalidArgument, "the event was not created here");
  }
  return cuda_status(cudaEventDestroy(event), "cudaEventDestroy");
}

Status record_event(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaEvent_t event = arguments.event(1);
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  return cuda_status(cudaEventRecord(event, stream), "cudaEventRecord");
}

Status wait_event(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaEvent_t event = arguments.event(1);
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  return cuda_status(cudaStreamWaitEvent(stream, event, 0), "cudaStreamWaitEvent");
}

Status query_event(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaEvent_t event = arguments.event(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  const cudaError_t error = cudaEventQuery(event);
  arguments.environment().set_result(0, error == cudaSuccess ? 1 : 0);
  return error == cudaErrorNotReady ? ok_status() : cuda_status(error, "cudaEventQuery");
}

Status elapsed(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaEvent_t start = arguments.event(1);
  const cudaEvent_t end = arguments.event(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  float milliseconds = 0;
  const cudaError_t error = cudaEventElapsedTime(&milliseconds, start, end);
  if (error == cudaErrorNotReady) {
    return error_status(StatusCode::kInvalidArgument,
                        "an event has not happened yet: await its synchronize() first",
                        cudaErrorNotReady);
  }
  const double value = milliseconds;
  arguments.environment().set_result(0, std::bit_cast<uint64_t>(value));
  return cuda_status(error, "cudaEventElapsedTime");
}

Status enter_device(Arguments& arguments) {
  DeviceState* device = nullptr;
  const Status found = find_device(arguments.integer(0), device);
  if (!found.ok()) return found;
  const CUresult error = driver_functions().context_push(device->context);
  return cuda_status(static_cast<cudaError_t>(error), "cuCtxPushCurrent");
}

Status leave_device(Arguments&) {
  const DriverFunctions& driver = driver_functions();
  if (driver.error != cudaSuccess) return cuda_status(driver.error, "finding driver functions");
  CUcontext popped = nullptr;
  const CUresult error = driver.context_pop(&popped);
  return cuda_status(static_cast<cudaError_t>(error), "cuCtxPopCurrent");
}

}  // namespace attnkit::runtime
