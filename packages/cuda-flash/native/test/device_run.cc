#include "device_run.h"

#include <cstring>

#include "counters.h"
#include "garbage.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

// NaN is not equal to itself.
template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

bool DeviceRun::has_bits_of(const DeviceRun& other) const {
  return same_bits(output, other.output) && same_bits(lse, other.lse);
}

CaseOnDevice::CaseOnDevice(const AttentionCase& c, const CaseData& data)
    : case_(c),
      data_(data),
      input_(data.input),
      indices_(pack_indices(data)),
      output_(data.output_elements * sizeof(uint16_t)),
      lse_(data.lse_elements * sizeof(float)) {}

DeviceRun CaseOnDevice::run(const KernelRun& kernel, std::optional<uint32_t> garbage) const {
  const AttentionCase c = kernel.apply(case_);
  const DeviceBuffer workspace(c.workspace_bytes());
  workspace.poison();
  const Counters counters(c.counters());
  output_.poison();
  lse_.poison();
  if (garbage) fill_shared_memory(*garbage);
  const bool serves_lse = kVariants[kernel.variant].serves_lse;
  FlashParams params = make_params(c, data_, input_.as<uint16_t>(), output_.as<uint16_t>(),
                                   serves_lse ? lse_.as<float>() : nullptr, indices_.as<int32_t>());
  if (c.workspace_bytes() > 0) params.workspace = reinterpret_cast<uint64_t>(workspace.as<void>());
  params.counters = counters.address();
  DeviceRun run{{}, {}, launch_variant(kernel.variant, params, nullptr)};
  if (!run.status.ok()) return run;
  run.status = cuda_status(cudaDeviceSynchronize(), "kernel");
  if (run.status.ok() && !counters.are_zeros()) {
    run.status = error_status(StatusCode::kInternal, "counters are not left as zeros");
  }
  if (!run.status.ok()) return run;
  run.output.resize(data_.output_elements);
  output_.download(run.output);
  if (!serves_lse) return run;
  run.lse.resize(data_.lse_elements);
  lse_.download(run.lse);
  return run;
}

}  // namespace attnkit::flash::test
