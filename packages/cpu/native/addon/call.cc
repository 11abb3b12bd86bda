#include "call.h"

#include <algorithm>
#include <cstring>

namespace attnkit::cpu {

void Call::keep(napi_env env, napi_value done, napi_value targets) {
  napi_value pair;
  check(napi_create_array_with_length(env, 2, &pair), "keeping the callback");
  check(napi_set_element(env, pair, 0, done), "keeping the callback");
  check(napi_set_element(env, pair, 1, targets), "keeping the results");
  check(napi_create_reference(env, pair, 1, &kept_), "keeping the callback");
}

void Call::release_references(napi_env env) {
  if (kept_) napi_delete_reference(env, kept_);
  kept_ = nullptr;
}

void Call::finished(bool out_of_memory) noexcept {
  out_of_memory_ = out_of_memory;
  const std::shared_ptr<Environment> environment = environment_;
  environment->bring_back(this);
}

void Call::settle(napi_env env) noexcept {
  napi_value pair, done, targets, undefined;
  if (napi_get_reference_value(env, kept_, &pair) != napi_ok ||
      napi_get_element(env, pair, 0, &done) != napi_ok ||
      napi_get_element(env, pair, 1, &targets) != napi_ok ||
      napi_get_undefined(env, &undefined) != napi_ok) {
    return;  // the environment is closing: nobody is there to be told
  }
  release_references(env);
  napi_value arguments[2] = {undefined, undefined};
  const size_t count = tell(env, targets, arguments) ? 0 : 2;
  napi_call_function(env, undefined, done, count, arguments, nullptr);
}

// Copies the results; false when that failed, which `arguments` say then.
bool Call::tell(napi_env env, napi_value targets, napi_value arguments[2]) noexcept {
  const auto text = [env](const char* value, napi_value* to) {
    napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, to);
  };
  try {
    if (out_of_memory_) throw std::bad_alloc();
    copy_results(env, targets);
    return true;
  } catch (const CallError& error) {
    text(error.code.c_str(), &arguments[0]);
    text(error.message.c_str(), &arguments[1]);
  } catch (const std::bad_alloc&) {
    text("out-of-memory", &arguments[0]);
    text("there is not enough memory for the kernel's scratch", &arguments[1]);
  } catch (const std::exception& error) {
    text("internal", &arguments[0]);
    text(error.what(), &arguments[1]);
  }
  return false;
}

// Inputs first, so that an output in the memory of an input begins with that input's values.
void Staging::take(Operands& operands, bool zero_outputs) {
  for (const bool outputs : {false, true}) {
    for (int role = 0; role < kRoles; role++) {
      Operand& operand = operands[role];
      if (!operand.data || is_output(role) != outputs) continue;
      if (BlockRef block = find_block(operand.data, operand.bytes())) {
        blocks_.push_back(std::move(block));
      } else {
        stage(operand, !outputs, zero_outputs);
      }
    }
  }
}

// Tensors that are one in memory stay one: packed inputs, and a past that is the present.
void Staging::stage(Operand& operand, bool read, bool zero) {
  operand.staged = true;
  for (Copy& copy : copies_) {
    if (copy.original != operand.data || copy.bytes != operand.bytes()) continue;
    operand.data = copy.memory.data();
    return;
  }
  Copy copy{operand.data, operand.bytes(), AlignedBuffer(std::max<int64_t>(operand.bytes(), 1))};
  if (read) {
    std::memcpy(copy.memory.data(), operand.data, operand.bytes());
  } else if (zero) {
    std::memset(copy.memory.data(), 0, operand.bytes());
  }
  operand.data = copy.memory.data();
  copies_.push_back(std::move(copy));
}

}  // namespace attnkit::cpu
