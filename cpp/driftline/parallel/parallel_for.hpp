// The only door to TBB.
#pragma once

#include <cstddef>
#include <functional>

namespace driftline {

/// Threads this process may use: the least of the CPU affinity, the cgroup CPU quota (rounded up) and, where it is a
/// positive integer, the environment variable DRIFTLINE_NUM_THREADS. At least 1.
int available_threads();

/// Runs `body(i)` for i in [0, n), at most `threads` at a time, and returns when all are done.
///
/// The first exception is rethrown in the caller after the others have stopped. `threads == 1`, `n <= 1`, and a child
/// forked from a process that had used threads run serially in the caller and never touch TBB (TBB does not survive
/// fork). Nothing outlives the call. Reentrant.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body);

/// As `parallel_for`, in rounds of at most about 0.15 s and what a call of `body` takes. Between rounds the caller runs
/// `checkpoint`; what it throws ends the work.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body,
                  const std::function<void()>& checkpoint);

}  // namespace driftline
