// What every native function of attnkit returns instead of throwing: plain data, safe to hand
// across a C boundary.
#pragma once

#include <cstdint>
#include <cstdio>

namespace attnkit {

// Each code becomes the `code` of a typed error in JavaScript; see status_code_name().
enum class StatusCode : int32_t {
  kOk = 0,
  kInvalidArgument = 1,
  kOutOfMemory = 2,
  kDeviceLost = 3,
  kBackendUnavailable = 4,
  kInternal = 5,
};

struct Status {
  StatusCode code = StatusCode::kOk;
  int32_t cuda_error = 0;  // cudaError_t, 0 when CUDA is not the cause
  char message[176] = {};  // what was being done and what came back; empty when ok

  bool ok() const { return code == StatusCode::kOk; }
};

inline const char* status_code_name(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kInvalidArgument:
      return "invalid-argument";
    case StatusCode::kOutOfMemory:
      return "out-of-memory";
    case StatusCode::kDeviceLost:
      return "device-lost";
    case StatusCode::kBackendUnavailable:
      return "backend-unavailable";
    case StatusCode::kInternal:
      return "internal";
  }
  return "internal";
}

inline Status ok_status() { return {}; }

inline Status error_status(StatusCode code, const char* message, int32_t cuda_error = 0) {
  Status status;
  status.code = code;
  status.cuda_error = cuda_error;
  std::snprintf(status.message, sizeof(status.message), "%s", message);
  return status;
}

}  // namespace attnkit
