// What of this machine the process may use.
#pragma once
#include <string>

namespace attnkit::cpu {

// Physical cores that the affinity mask and the control group's quota leave to this process; at
// least 1.
int usable_cores();

// The processor's name, empty where the system does not tell.
std::string processor_name();

}  // namespace attnkit::cpu
