// The table of what JavaScript may call. Every function returns undefined, a value, or a status.
#include <cuda_runtime_api.h>
#include <node_api.h>

#include "arguments.h"
#include "environment.h"
#include "graphs.h"
#include "launch.h"
#include "memory.h"
#include "probe.h"
#include "streams.h"
#include "transfers.h"

namespace attnkit::runtime {
namespace {

void set_text(napi_env env, napi_value object, const char* name, const char* text) {
  napi_value value = nullptr;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) != napi_ok) return;
  napi_set_named_property(env, object, name, value);
}

// buildInfo() returns {version, cuda, images}
napi_value build_info(napi_env env, napi_callback_info) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  char cuda[16];
  std::snprintf(cuda, sizeof(cuda), "%d.%d", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
  set_text(env, object, "version", ATTNKIT_VERSION);
  set_text(env, object, "cuda", cuda);
  set_text(env, object, "images", ATTNKIT_CUDA_IMAGES);
  return object;
}

struct Function {
  const char* name;
  napi_callback callback;
};

constexpr Function kFunctions[] = {
    {"buildInfo", build_info},
    {"start", start_environment},
    {"probe", entry<probe>},
    {"allocate", entry<allocate>},
    {"allocateNow", entry<allocate_now>},
    {"release", entry<release>},
    {"fill", entry<fill>},
    {"copy", entry<copy>},
    {"memoryInfo", entry<memory_info>},
    {"describePointer", entry<describe_pointer>},
    {"reportMemory", entry<report_memory>},
    {"createStream", entry<create_stream>},
    {"destroyStream", entry<destroy_stream>},
    {"checkStream", entry<check_stream>},
    {"join", entry<join>},
    {"createEvent", entry<create_event>},
    {"destroyEvent", entry<destroy_event>},
    {"recordEvent", entry<record_event>},
    {"waitEvent", entry<wait_event>},
    {"queryEvent", entry<query_event>},
    {"elapsed", entry<elapsed>},
    {"enterDevice", entry<enter_device>},
    {"leaveDevice", entry<leave_device>},
    {"beginCapture", entry<begin_capture>},
    {"endCapture", entry<end_capture>},
    {"abortCapture", entry<abort_capture>},
    {"launchGraph", entry<launch_graph>},
    {"destroyGraph", entry<destroy_graph>},
    {"upload", entry<upload>},
    {"download", entry<download>},
    {"notify", entry<notify>},
    {"notifyAll", entry<notify_all>},
    {"copyPinned", entry<copy_pinned>},
    {"createPinned", entry<create_pinned>},
    {"launch", entry<launch>},
    {"layouts", entry<layouts>},
};

napi_value initialize(napi_env env, napi_value exports) {
  for (const Function& function : kFunctions) {
    napi_value value = nullptr;
    if (napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.callback, nullptr,
                             &value) != napi_ok ||
        napi_set_named_property(env, exports, function.name, value) != napi_ok) {
      return nullptr;
    }
  }
  return exports;
}

}  // namespace
}  // namespace attnkit::runtime

NAPI_MODULE_INIT() { return attnkit::runtime::initialize(env, exports); }
