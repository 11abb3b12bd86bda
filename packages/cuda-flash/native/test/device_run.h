// A test case on the device.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "attention_case.h"
#include "attnkit/status.h"
#include "device_buffer.h"
#include "runs.h"

namespace attnkit::flash::test {

struct DeviceRun {
  std::vector<uint16_t> output;
  std::vector<float> lse;  // empty where the kernel has none
  Status status;

  bool has_bits_of(const DeviceRun& other) const;
};

class CaseOnDevice {
 public:
  CaseOnDevice(const AttentionCase& c, const CaseData& data);

  // Launches into outputs of NaN and waits. `garbage`: what shared memory holds before.
  DeviceRun run(const KernelRun& kernel, std::optional<uint32_t> garbage) const;

 private:
  const AttentionCase case_;
  const CaseData& data_;
  const DeviceBuffer input_, indices_, output_, lse_;
};

}  // namespace attnkit::flash::test
