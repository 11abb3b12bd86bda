// The Node-API side of a kernel package: launch(variant, params, stream), buildInfo() and
// layouts(). Nothing here throws; launch() returns undefined, or a status when it failed.
#pragma once

#include <cuda_runtime_api.h>
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "attnkit/addon_status.h"
#include "attnkit/context_scope.h"

namespace attnkit {

struct ParamsMember {
  const char* name;
  size_t offset;
};

// What a kernel package tells of itself. Lives as long as the process.
struct KernelAddon {
  const char* version;
  const char* images;  // architectures that machine code or PTX is there for
  int variant_count;
  const char* (*variant_name)(int variant);
  size_t params_size;
  const ParamsMember* params_members;
  size_t params_member_count;
  // Enqueues a kernel; `params` has params_size bytes at any alignment, `variant` is one of the
  // table.
  Status (*launch)(int variant, const void* params, cudaStream_t stream);
};

namespace kernel_addon {

struct LaunchArguments {
  int32_t variant = 0;
  const void* params = nullptr;
  size_t params_size = 0;
  cudaStream_t stream = nullptr;
};

inline bool read_arguments(napi_env env, napi_callback_info info, LaunchArguments& arguments,
                           const KernelAddon*& addon) {
  size_t count = 3;
  napi_value values[3] = {};
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, values, nullptr, &data) != napi_ok) return false;
  addon = static_cast<const KernelAddon*>(data);
  napi_typedarray_type kind = napi_uint8_array;
  void* bytes = nullptr;
  uint64_t stream = 0;
  bool lossless = false;
  if (count < 3 || napi_get_value_int32(env, values[0], &arguments.variant) != napi_ok ||
      napi_get_typedarray_info(env, values[1], &kind, &arguments.params_size, &bytes, nullptr,
                               nullptr) != napi_ok ||
      kind != napi_uint8_array ||
      napi_get_value_bigint_uint64(env, values[2], &stream, &lossless) != napi_ok || !lossless) {
    return false;
  }
  arguments.params = bytes;
  arguments.stream = reinterpret_cast<cudaStream_t>(stream);
  return true;
}

inline Status launch(const KernelAddon& addon, const LaunchArguments& arguments) {
  if (arguments.variant < 0 || arguments.variant >= addon.variant_count) {
    return error_status(StatusCode::kInvalidArgument, "launch: no kernel variant of this number");
  }
  if (arguments.params_size != addon.params_size) {
    return error_status(StatusCode::kInvalidArgument, "launch: parameters of a wrong size");
  }
  const ContextScope scope(arguments.stream);
  if (!scope.status().ok()) return scope.status();
  return addon.launch(arguments.variant, arguments.params, arguments.stream);
}

inline napi_value launch_entry(napi_env env, napi_callback_info info) {
  LaunchArguments arguments;
  const KernelAddon* addon = nullptr;
  if (!read_arguments(env, info, arguments, addon)) {
    return status_value(env, error_status(StatusCode::kInvalidArgument,
                                          "launch: expected (number, Uint8Array, bigint)"));
  }
  return status_value(env, launch(*addon, arguments));
}

inline void set_text(napi_env env, napi_value object, const char* name, const char* text) {
  napi_value value = nullptr;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) != napi_ok) return;
  napi_set_named_property(env, object, name, value);
}

inline const KernelAddon* addon_of(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  const napi_status status = napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return status == napi_ok ? static_cast<const KernelAddon*>(data) : nullptr;
}

// {version, cuda, images, variants: names in the order of their numbers}
inline napi_value build_info_entry(napi_env env, napi_callback_info info) {
  const KernelAddon* const addon = addon_of(env, info);
  napi_value object = nullptr;
  napi_value variants = nullptr;
  if (addon == nullptr || napi_create_object(env, &object) != napi_ok ||
      napi_create_array(env, &variants) != napi_ok) {
    return nullptr;
  }
  char cuda[16];
  std::snprintf(cuda, sizeof(cuda), "%d.%d", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
  set_text(env, object, "version", addon->version);
  set_text(env, object, "cuda", cuda);
  set_text(env, object, "images", addon->images);
  for (int i = 0; i < addon->variant_count; ++i) {
    napi_value name = nullptr;
    if (napi_create_string_utf8(env, addon->variant_name(i), NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_set_element(env, variants, i, name) != napi_ok) {
      return nullptr;
    }
  }
  napi_set_named_property(env, object, "variants", variants);
  return object;
}

// {params: {member: offset, .., size: bytes}}
inline napi_value layouts_entry(napi_env env, napi_callback_info info) {
  const KernelAddon* const addon = addon_of(env, info);
  napi_value object = nullptr;
  napi_value layout = nullptr;
  if (addon == nullptr || napi_create_object(env, &object) != napi_ok ||
      napi_create_object(env, &layout) != napi_ok) {
    return nullptr;
  }
  const auto set = [&](const char* name, size_t number) {
    napi_value value = nullptr;
    if (napi_create_uint32(env, static_cast<uint32_t>(number), &value) != napi_ok) return;
    napi_set_named_property(env, layout, name, value);
  };
  for (size_t i = 0; i < addon->params_member_count; ++i) {
    set(addon->params_members[i].name, addon->params_members[i].offset);
  }
  set("size", addon->params_size);
  napi_set_named_property(env, object, "params", layout);
  return object;
}

}  // namespace kernel_addon

// The exports of a kernel package; nullptr when the environment is closing.
inline napi_value export_kernel_addon(napi_env env, napi_value exports, const KernelAddon& addon) {
  const auto add = [&](const char* name, napi_callback callback) {
    napi_value function = nullptr;
    return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback,
                                const_cast<KernelAddon*>(&addon), &function) == napi_ok &&
           napi_set_named_property(env, exports, name, function) == napi_ok;
  };
  const bool added = add("launch", kernel_addon::launch_entry) &&
                     add("buildInfo", kernel_addon::build_info_entry) &&
                     add("layouts", kernel_addon::layouts_entry);
  return added ? exports : nullptr;
}

}  // namespace attnkit
