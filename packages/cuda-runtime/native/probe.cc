#include "probe.h"

#include <cstdio>

namespace attnkit::runtime {
namespace {

// Builds a plain object; the first failure is remembered and the rest does nothing.
class Object {
 public:
  explicit Object(napi_env env) : env_(env) { keep(napi_create_object(env, &object_)); }

  void set(const char* name, napi_value value) {
    if (ok_) keep(napi_set_named_property(env_, object_, name, value));
  }
  void set(const char* name, double number) {
    napi_value value = nullptr;
    keep(napi_create_double(env_, number, &value));
    set(name, value);
  }
  void set(const char* name, const char* text) {
    napi_value value = nullptr;
    keep(napi_create_string_utf8(env_, text, NAPI_AUTO_LENGTH, &value));
    set(name, value);
  }
  napi_value value() const { return ok_ ? object_ : nullptr; }

 private:
  void keep(napi_status status) { ok_ = ok_ && status == napi_ok; }

  napi_env env_;
  napi_value object_ = nullptr;
  bool ok_ = true;
};

int attribute(cudaDeviceAttr which, int device, cudaError_t& error) {
  int value = 0;
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&value, which, device);
  return value;
}

void format_uuid(const cudaUUID_t& uuid, char (&text)[33]) {
  for (int i = 0; i < 16; ++i) {
    std::snprintf(text + 2 * i, 3, "%02x", static_cast<unsigned char>(uuid.bytes[i]));
  }
}

napi_value describe_device(napi_env env, int index, cudaError_t& error) {
  cudaDeviceProp properties = {};
  error = cudaGetDeviceProperties(&properties, index);
  char uuid[33] = {};
  format_uuid(properties.uuid, uuid);
  Object device(env);
  device.set("index", index);
  device.set("name", properties.name);
  device.set("major", properties.major);
  device.set("minor", properties.minor);
  device.set("multiprocessors", properties.multiProcessorCount);
  device.set("memoryBytes", static_cast<double>(properties.totalGlobalMem));
  device.set("sharedMemoryPerBlock", static_cast<double>(properties.sharedMemPerBlockOptin));
  device.set("l2Bytes", properties.l2CacheSize);
  device.set("clockKilohertz", attribute(cudaDevAttrClockRate, index, error));
  device.set("uuid", uuid);
  return device.value();
}

napi_value describe_devices(napi_env env, int count, cudaError_t& error) {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return nullptr;
  for (int index = 0; index < count && error == cudaSuccess; ++index) {
    const napi_value device = describe_device(env, index, error);
    if (device != nullptr) napi_set_element(env, list, static_cast<uint32_t>(index), device);
  }
  return list;
}

}  // namespace

Status probe(Arguments& arguments) {
  int count = 0;
  int driver = 0;
  int runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) count = 0;
  const napi_value devices = describe_devices(arguments.env(), count, error);
  cudaGetLastError();
  Object result(arguments.env());
  result.set("error", static_cast<double>(error));
  result.set("errorName", cudaGetErrorName(error));
  result.set("errorText", cudaGetErrorString(error));
  result.set("driverVersion", driver);
  result.set("runtimeVersion", runtime);
  result.set("devices", devices);
  arguments.return_value(result.value());
  return ok_status();
}

}  // namespace attnkit::runtime
