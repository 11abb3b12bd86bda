// Work that is done while JavaScript waits, and so cannot touch its memory.
#pragma once
#include "../engine/engine.h"

namespace attnkit::cpu {

// Work that takes no longer runs at once, on the caller's thread. Handing it over and coming back
// costs tens of microseconds, and the event loop does not notice a wait of less than half a
// millisecond.
constexpr double kShortMicroseconds = 400;

// Runs work on the caller's thread alone. Throws std::bad_alloc before anything has run.
void run_alone(Work& work);

// Runs work that is short on so many threads. False, and nothing has run, when the pool has other
// work and it would not be short on one thread: `alone` microseconds. Throws std::bad_alloc.
bool run_short(Engine& engine, Work& work, int threads, double alone);

}  // namespace attnkit::cpu
