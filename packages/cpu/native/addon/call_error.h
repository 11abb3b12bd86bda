// A failure that becomes a typed error in JavaScript, and the check of Node-API's statuses.
#pragma once
#include <node_api.h>

#include <string>
#include <utility>

namespace attnkit::cpu {

// `code` is one of the codes of AttentionError.
struct CallError {
  std::string code, message;
};

[[noreturn]] inline void fail(std::string code, std::string message) {
  throw CallError{std::move(code), std::move(message)};
}

inline void check(napi_status status, const char* what) {
  if (status == napi_ok) return;
  fail("internal", std::string(what) + " failed with Node-API status " + std::to_string(status));
}

// Runs `body`, and turns what it throws into a JavaScript exception. A body returns a value or
// null.
template <class F>
napi_value guarded(napi_env env, const F& body) noexcept {
  try {
    return body();
  } catch (const CallError& error) {
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
      napi_throw_error(env, error.code.c_str(), error.message.c_str());
    }
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "out-of-memory", "there is not enough memory for the copies of the call");
  } catch (const std::exception& error) {
    napi_throw_error(env, "internal", error.what());
  }
  return nullptr;
}

}  // namespace attnkit::cpu
