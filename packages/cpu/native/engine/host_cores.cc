#include "host_cores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace attnkit::cpu {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

int allowed_cores() {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      const std::string name = std::to_string(cpu);
      const std::string siblings =
          first_line("/sys/devices/system/cpu/cpu" + name + "/topology/thread_siblings_list");
      cores.insert(siblings.empty() ? name : siblings);
    }
    if (!cores.empty()) return static_cast<int>(cores.size());
  }
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// CPUs that "quota period" in microseconds allows; infinite for "max" and for what does not parse.
double quota_cpus(const std::string& line) {
  std::istringstream text(line);
  double quota = 0, period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return INFINITY;
  return quota / period;
}

// The tightest quota of this process's control group and those above it (version 2, then 1).
double allowed_cpus() {
  const std::string root = "/sys/fs/cgroup";
  const std::string entry = first_line("/proc/self/cgroup");
  std::string path = entry.starts_with("0::") ? entry.substr(3) : "";
  double cpus = quota_cpus(first_line(root + "/cpu.max"));
  for (; path.size() > 1; path.erase(path.rfind('/'))) {
    cpus = std::min(cpus, quota_cpus(first_line(root + path + "/cpu.max")));
  }
  const std::string version1 = root + "/cpu/cpu.cfs_";
  return std::min(cpus, quota_cpus(first_line(version1 + "quota_us") + " " +
                                   first_line(version1 + "period_us")));
}

}  // namespace

int usable_cores() {
  const double quota = std::ceil(allowed_cpus());
  return std::max(1, static_cast<int>(std::min<double>(allowed_cores(), quota)));
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

}  // namespace attnkit::cpu
