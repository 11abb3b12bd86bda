#include "host_memory.h"

#include "../engine/memory_block.h"
#include "arguments.h"

namespace attnkit::cpu {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 47;

// V8 counts the buffer's bytes itself, and calls this when the buffer is collected or detached.
void release(napi_env, void*, void* block) { release_block(static_cast<MemoryBlock*>(block)); }

}  // namespace

napi_value allocate(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    const auto [size] = read_arguments<1>(env, info);
    const auto bytes = static_cast<size_t>(read_integer(env, size, 0, kMostBytes, "bytes"));
    MemoryBlock* block = allocate_block(bytes);
    napi_value buffer;
    const napi_status status =
        napi_create_external_arraybuffer(env, block_data(block), bytes, release, block, &buffer);
    if (status == napi_ok) return buffer;
    release_block(block);
    check(napi_get_null(env, &buffer), "making a result");
    return buffer;
  });
}

napi_value live_bytes(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    napi_value result;
    check(napi_create_double(env, static_cast<double>(live_block_bytes()), &result),
          "making a result");
    return result;
  });
}

}  // namespace attnkit::cpu
