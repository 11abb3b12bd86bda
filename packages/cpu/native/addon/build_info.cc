#include "build_info.h"

#include "../engine/host_cores.h"
#include "../engine/kernels.h"
#include "arguments.h"

namespace attnkit::cpu {
namespace {

class ObjectWriter {
 public:
  explicit ObjectWriter(napi_env env) : env_(env) {
    check(napi_create_object(env, &object_), "making an object");
  }
  void text(const char* name, const std::string& value) { set(name, make_text(value)); }
  void number(const char* name, double value) {
    napi_value result;
    check(napi_create_double(env_, value, &result), "making a number");
    set(name, result);
  }
  void texts(const char* name, const std::vector<std::string>& values) {
    napi_value list;
    check(napi_create_array_with_length(env_, values.size(), &list), "making a list");
    for (uint32_t i = 0; i < values.size(); i++) {
      check(napi_set_element(env_, list, i, make_text(values[i])), "filling a list");
    }
    set(name, list);
  }
  napi_value object() const { return object_; }

 private:
  napi_value make_text(const std::string& value) const {
    napi_value result;
    check(napi_create_string_utf8(env_, value.data(), value.size(), &result), "making a text");
    return result;
  }
  void set(const char* name, napi_value value) const {
    check(napi_set_named_property(env_, object_, name, value), "filling an object");
  }
  napi_env env_;
  napi_value object_;
};

}  // namespace

napi_value build_info(napi_env env, napi_callback_info) {
  return guarded(env, [&] {
    ObjectWriter info(env);
    info.text("version", ATTNKIT_VERSION);
    info.text("compiler", __VERSION__);
    info.texts("isas", usable_instruction_sets());
    if (const KernelTable* kernels = choose_kernels()) {
      info.text("isa", kernels->name);
      info.number("lanes", kernels->lanes);
      info.number("queries", kernels->queries);
    }
    info.number("cores", usable_cores());
    info.text("processor", processor_name());
    return info.object();
  });
}

}  // namespace attnkit::cpu
