#include "driftline/parallel/parallel_for.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include "driftline/parallel/cpu_limit.hpp"

namespace driftline {
namespace {

int affinity_threads() {
#ifdef __linux__
  // The kernel refuses masks that are too small for the machine.
  for (std::size_t sets = 1; sets <= 64; sets *= 2) {
    std::vector<cpu_set_t> mask(sets);
    const std::size_t size = sets * sizeof(cpu_set_t);
    if (sched_getaffinity(0, size, mask.data()) == 0) return CPU_COUNT_S(size, mask.data());
  }
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

std::optional<int> quota_threads() {
  std::ifstream file("/proc/self/cgroup");
  const std::string membership(std::istreambuf_iterator<char>(file), {});
  const std::optional<double> limit = cgroup_cpu_limit(membership, "/sys/fs/cgroup");
  if (!limit) return std::nullopt;
  return static_cast<int>(std::min(std::ceil(*limit), 1e6));
}

std::optional<int> requested_threads() {
  const char* value = std::getenv("DRIFTLINE_NUM_THREADS");
  if (value == nullptr) return std::nullopt;
  const std::string_view text(value);
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc{} || end != text.data() + text.size() || threads < 1) return std::nullopt;
  return threads;
}

/// Is this a child of a process that had used threads? The first call by a process that uses threads claims them.
///
/// TBB's workers do not exist in a forked child, but its bookkeeping says they do.
bool is_forked_child() {
  static std::atomic<pid_t> owner{0};
  const pid_t self = getpid();
  pid_t expected = 0;
  return !owner.compare_exchange_strong(expected, self) && expected != self;
}

}  // namespace

int available_threads() {
  int threads = affinity_threads();
  threads = std::min(threads, quota_threads().value_or(threads));
  threads = std::min(threads, requested_threads().value_or(threads));
  return std::max(threads, 1);
}

void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body) {
  if (threads <= 1 || n <= 1 || is_forked_child()) {
    for (std::size_t i = 0; i < n; ++i) body(i);
    return;
  }
  // An arena of its own isolates the call, so a thread that waits here never starts foreign work. It must die with the
  // call: a child forked while an arena object is alive can hang.
  tbb::task_arena arena(threads);
  arena.execute([n, &body] {
    const auto run = [&body](const tbb::blocked_range<std::size_t>& range) {
      for (std::size_t i = range.begin(); i != range.end(); ++i) body(i);
    };
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, n), run, tbb::simple_partitioner{});
  });
}

void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body,
                  const std::function<void()>& checkpoint) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds round_time{150};
  const std::size_t n_tasks = std::min(n, static_cast<std::size_t>(std::max(threads, 1)));
  std::atomic<std::size_t> next{0};
  while (next < n) {
    const Clock::time_point deadline = Clock::now() + round_time;
    parallel_for(n_tasks, threads, [&](std::size_t) {
      do {
        const std::size_t i = next++;
        if (i >= n) return;
        body(i);
      } while (Clock::now() < deadline);
    });
    checkpoint();
  }
}

}  // namespace driftline
