#include "transfers.h"

#include <algorithm>
#include <cstring>

namespace attnkit::runtime {
namespace {

// Up to this size the driver takes pageable memory along with the command.
constexpr size_t kInlineBytes = size_t{64} << 10;

Status record(const DeviceState& device, cudaStream_t stream, Completion& completion) {
  completion.context = device.context;
  cudaError_t error = cudaEventCreateWithFlags(&completion.event, cudaEventDisableTiming);
  if (error == cudaSuccess) error = cudaEventRecord(completion.event, stream);
  return cuda_status(error, "recording the end of a transfer");
}

// Gives the completion to the thread that watches. If the end cannot be recorded, what it holds is
// kept until the stream is done, since the device may still use it.
Status watch(const DeviceState& device, cudaStream_t stream,
             std::unique_ptr<Completion> completion) {
  const Status status = record(device, stream, *completion);
  if (status.ok()) {
    completions().add(std::move(completion));
    return status;
  }
  cudaStreamSynchronize(stream);
  for (const StagedPart& part : completion->staged) staging_memory().give_back(part.block);
  if (completion->event != nullptr) cudaEventDestroy(completion->event);
  return status;
}

// The same for a completion that JavaScript waits for: results[0] is its number.
Status watch_for_javascript(Arguments& arguments, const DeviceState& device, cudaStream_t stream,
                            std::unique_ptr<Completion> completion) {
  Environment& environment = arguments.environment();
  const uint64_t id = ++environment.next_completion;
  completion->message->id = id;
  completion->channel = environment.channel;
  const Status status = watch(device, stream, std::move(completion));
  if (!status.ok()) return status;
  environment.channel->hold(arguments.env());
  environment.set_result(0, id);
  return status;
}

Status upload_part(const DeviceState& device, char* to, const char* from, size_t bytes,
                   cudaStream_t stream) {
  auto completion = std::make_unique<Completion>();
  completion->staged.resize(1);
  StagedPart& part = completion->staged[0];
  staging_memory().wait_for_room(bytes);
  const Status status = staging_memory().take(bytes, part.block);
  if (!status.ok()) return status;
  part.bytes = bytes;
  std::memcpy(part.block.memory, from, bytes);
  const cudaError_t error =
      cudaMemcpyAsync(to, part.block.memory, bytes, cudaMemcpyHostToDevice, stream);
  if (error != cudaSuccess) {
    staging_memory().give_back(part.block);
    return cuda_status(error, "cudaMemcpyAsync to the device");
  }
  return watch(device, stream, std::move(completion));
}

Status download_parts(const char* from, size_t bytes, cudaStream_t stream, Completion& completion) {
  staging_memory().wait_for_room(bytes);
  for (size_t done = 0; done < bytes;) {
    StagedPart part;
    part.bytes = std::min(bytes - done, StagingMemory::kLargestBlock);
    const Status status = staging_memory().take(part.bytes, part.block);
    if (!status.ok()) return status;
    completion.staged.push_back(part);
    const cudaError_t error =
        cudaMemcpyAsync(part.block.memory, from + done, part.bytes, cudaMemcpyDeviceToHost, stream);
    if (error != cudaSuccess) return cuda_status(error, "cudaMemcpyAsync to the host");
    done += part.bytes;
  }
  completion.download_bytes = bytes;
  return ok_status();
}

// Argument `i` as memory of a pinned tensor; null when it is not pinned.
std::shared_ptr<PinnedBuffer> pinned_argument(Arguments& arguments, size_t i, void*& memory,
                                              size_t& bytes) {
  memory = arguments.bytes(i, bytes);
  return arguments.status().ok() ? PinnedBuffer::find(memory, bytes) : nullptr;
}

Status not_pinned() {
  return error_status(StatusCode::kInvalidArgument, "the array is not over pinned memory");
}

Status download_into_pinned(Arguments& arguments, const OnDevice& on, const void* from,
                            size_t bytes, cudaStream_t stream) {
  void* to = nullptr;
  size_t length = 0;
  auto completion = std::make_unique<Completion>();
  completion->pinned = pinned_argument(arguments, 4, to, length);
  if (completion->pinned == nullptr || length != bytes) return not_pinned();
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream);
  if (error != cudaSuccess) return cuda_status(error, "cudaMemcpyAsync to the host");
  return watch_for_javascript(arguments, on.device(), stream, std::move(completion));
}

void release_pinned(napi_env, void*, void* owner) {
  delete static_cast<std::shared_ptr<PinnedBuffer>*>(owner);
}

}  // namespace

Status upload(Arguments& arguments) {
  const OnDevice on(arguments);
  char* const to = static_cast<char*>(arguments.pointer(1));
  size_t bytes = 0;
  const char* const from = static_cast<const char*>(arguments.bytes(2, bytes));
  const cudaStream_t stream = arguments.stream(3);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  if (bytes == 0) return ok_status();
  if (bytes <= kInlineBytes) {
    return cuda_status(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream),
                       "cudaMemcpyAsync to the device");
  }
  Status status = ok_status();
  for (size_t done = 0; done < bytes && status.ok(); done += StagingMemory::kLargestBlock) {
    const size_t part = std::min(bytes - done, StagingMemory::kLargestBlock);
    status = upload_part(on.device(), to + done, from + done, part, stream);
  }
  return status;
}

Status download(Arguments& arguments) {
  const OnDevice on(arguments);
  const char* const from = static_cast<const char*>(arguments.pointer(1));
  const size_t bytes = arguments.size(2);
  const cudaStream_t stream = arguments.stream(3);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  if (arguments.has(4)) return download_into_pinned(arguments, on, from, bytes, stream);
  auto completion = std::make_unique<Completion>();
  const Status status = download_parts(from, bytes, stream, *completion);
  if (status.ok()) {
    return watch_for_javascript(arguments, on.device(), stream, std::move(completion));
  }
  cudaStreamSynchronize(stream);  // parts that were enqueued still write to their blocks
  for (const StagedPart& part : completion->staged) staging_memory().give_back(part.block);
  return status;
}

Status notify(Arguments& arguments) {
  const OnDevice on(arguments);
  const cudaStream_t stream = arguments.stream(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  return watch_for_javascript(arguments, on.device(), stream, std::make_unique<Completion>());
}

Status notify_all(Arguments& arguments) {
  const OnDevice on(arguments);
  if (!on.status().ok()) return on.status();
  cudaStream_t last = nullptr;
  const cudaError_t error = cudaStreamCreateWithFlags(&last, cudaStreamNonBlocking);
  if (error != cudaSuccess) return cuda_status(error, "cudaStreamCreateWithFlags");
  join_streams(arguments.environment(), on.device().index, last);
  const Status status =
      watch_for_javascript(arguments, on.device(), last, std::make_unique<Completion>());
  cudaStreamDestroy(last);
  return status;
}

Status copy_pinned(Arguments& arguments) {
  const OnDevice on(arguments);
  void* const to = arguments.pointer(1);
  const cudaStream_t stream = arguments.stream(3);
  void* from = nullptr;
  size_t bytes = 0;
  auto completion = std::make_unique<Completion>();
  completion->pinned = pinned_argument(arguments, 2, from, bytes);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  if (completion->pinned == nullptr) return not_pinned();
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream);
  if (error != cudaSuccess) return cuda_status(error, "cudaMemcpyAsync to the device");
  return watch_for_javascript(arguments, on.device(), stream, std::move(completion));
}

Status create_pinned(Arguments& arguments) {
  const OnDevice on(arguments);
  const size_t bytes = arguments.size(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  napi_value array_buffer = nullptr;
  auto owner = std::make_unique<std::shared_ptr<PinnedBuffer>>();
  const Status status = PinnedBuffer::create(bytes, *owner);
  if (!status.ok()) return status;
  if (napi_create_external_arraybuffer(arguments.env(), (*owner)->memory(), bytes, release_pinned,
                                       owner.get(), &array_buffer) != napi_ok) {
    return error_status(StatusCode::kInternal,
                        "this JavaScript engine allows no memory of native code");
  }
  owner.release();
  arguments.return_value(array_buffer);
  return ok_status();
}

}  // namespace attnkit::runtime
