// Streams, events, graphs, contexts and the probe of the stand-in.
#include <cuda.h>

#include <cstdlib>
#include <cstring>

#include "fake_stream.h"

using fake::as_event;
using fake::as_stream;

namespace {

constexpr int kDevices = 2;
thread_local std::vector<CUcontext> contexts;

CUcontext context_of(int device) { return reinterpret_cast<CUcontext>(intptr_t{device} + 1); }

CUresult retain(CUcontext* context, CUdevice device) {
  *context = context_of(device);
  return CUDA_SUCCESS;
}
CUresult get_current(CUcontext* context) {
  *context = contexts.empty() ? nullptr : contexts.back();
  return CUDA_SUCCESS;
}
CUresult push(CUcontext context) {
  contexts.push_back(context);
  return CUDA_SUCCESS;
}
CUresult pop(CUcontext* context) {
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  *context = contexts.back();
  contexts.pop_back();
  return CUDA_SUCCESS;
}
CUresult stream_context(CUstream stream, CUcontext* context) {
  *context = context_of(as_stream(stream)->device());
  return CUDA_SUCCESS;
}

struct Function {
  const char* name;
  void* function;
};

CUresult pointer_attribute(void* value, CUpointer_attribute which, CUdeviceptr pointer);

const Function kFunctions[] = {
    {"cuDevicePrimaryCtxRetain", reinterpret_cast<void*>(retain)},
    {"cuCtxGetCurrent", reinterpret_cast<void*>(get_current)},
    {"cuCtxPushCurrent", reinterpret_cast<void*>(push)},
    {"cuCtxPopCurrent", reinterpret_cast<void*>(pop)},
    {"cuStreamGetCtx", reinterpret_cast<void*>(stream_context)},
    {"cuPointerGetAttribute", reinterpret_cast<void*>(pointer_attribute)},
};

cudaError_t run(cudaStream_t stream, fake::Work work) {
  if (fake::lost() != cudaSuccess) return fake::lost();
  if (!fake::has_context()) return cudaErrorDeviceUninitialized;
  if (as_stream(stream)->device() != fake::current_device()) return cudaErrorInvalidResourceHandle;
  as_stream(stream)->enqueue(std::move(work));
  return cudaSuccess;
}

}  // namespace

namespace fake {

bool has_context() { return !contexts.empty(); }
int current_device() { return static_cast<int>(reinterpret_cast<intptr_t>(contexts.back()) - 1); }
// In fake_memory.cc.
bool find_memory(const void* pointer, int& device, const void*& start, size_t& bytes);

}  // namespace fake

namespace {

CUresult pointer_attribute(void* value, CUpointer_attribute which, CUdeviceptr pointer) {
  int device = 0;
  const void* start = nullptr;
  size_t bytes = 0;
  if (!fake::find_memory(reinterpret_cast<void*>(pointer), device, start, bytes)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (which == CU_POINTER_ATTRIBUTE_RANGE_START_ADDR) std::memcpy(value, &start, sizeof(start));
  if (which == CU_POINTER_ATTRIBUTE_RANGE_SIZE) std::memcpy(value, &bytes, sizeof(bytes));
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

const char* cudaGetErrorName(cudaError_t) { return "fakeError"; }
const char* cudaGetErrorString(cudaError_t error) {
  static thread_local char text[32];
  std::snprintf(text, sizeof(text), "error %d", static_cast<int>(error));
  return text;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned,
                                             unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
  for (const Function& entry : kFunctions) {
    if (std::strcmp(entry.name, name) != 0) continue;
    *function = entry.function;
    *result = cudaDriverEntryPointSuccess;
    return cudaSuccess;
  }
  *result = cudaDriverEntryPointSymbolNotFound;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaGetDeviceCount(int* count) { return *count = kDevices, cudaSuccess; }
cudaError_t cudaInitDevice(int, unsigned, unsigned) { return cudaSuccess; }
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  return *value = 1, cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::snprintf(properties->name, sizeof(properties->name), "fake device");
  const char* const major = std::getenv("FAKE_CUDA_MAJOR");
  properties->major = major == nullptr ? 9 : std::atoi(major);
  properties->multiProcessorCount = 2;
  properties->totalGlobalMem = size_t{4} << 30;
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  if (!fake::has_context()) return cudaErrorDeviceUninitialized;
  *stream = reinterpret_cast<cudaStream_t>(new fake::Stream(fake::current_device()));
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  fake::Stream::retire(as_stream(stream));
  return cudaSuccess;
}
cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
  *device = as_stream(stream)->device();
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new fake::Event);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete as_event(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (as_stream(stream)->capturing) return cudaErrorStreamCaptureUnsupported;
  auto mark = std::make_shared<fake::Mark>();
  {
    const std::lock_guard lock(as_event(event)->mutex);
    as_event(event)->mark = mark;
  }
  return run(stream, [mark] { mark->reach(); });
}
static std::shared_ptr<fake::Mark> mark_of(cudaEvent_t event) {
  const std::lock_guard lock(as_event(event)->mutex);
  return as_event(event)->mark;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (fake::lost() != cudaSuccess) return fake::lost();
  const auto mark = mark_of(event);
  if (mark == nullptr) return cudaSuccess;
  const std::lock_guard lock(mark->mutex);
  return mark->happened ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  const auto first = mark_of(start);
  const auto last = mark_of(end);
  if (first == nullptr || last == nullptr) return cudaErrorInvalidResourceHandle;
  if (cudaEventQuery(start) != cudaSuccess || cudaEventQuery(end) != cudaSuccess) {
    return cudaErrorNotReady;
  }
  *milliseconds = static_cast<float>(last->milliseconds - first->milliseconds);
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const auto mark = mark_of(event);
  if (mark == nullptr) return cudaSuccess;
  return run(stream, [mark] { mark->wait(); });
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  auto mark = std::make_shared<fake::Mark>();
  const cudaError_t error = run(stream, [mark] { mark->reach(); });
  if (error == cudaSuccess) mark->wait();
  return error;
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode*) { return cudaSuccess; }
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  as_stream(stream)->capturing = true;
  as_stream(stream)->captured.clear();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  as_stream(stream)->capturing = false;
  *graph = reinterpret_cast<cudaGraph_t>(new fake::Graph{std::move(as_stream(stream)->captured)});
  return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, size_t* count) {
  *count = reinterpret_cast<fake::Graph*>(graph)->work.size();
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable =
      reinterpret_cast<cudaGraphExec_t>(new fake::Graph(*reinterpret_cast<fake::Graph*>(graph)));
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete reinterpret_cast<fake::Graph*>(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete reinterpret_cast<fake::Graph*>(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  for (const fake::Work& work : reinterpret_cast<fake::Graph*>(graph)->work) {
    const cudaError_t error = run(stream, work);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // extern "C"
