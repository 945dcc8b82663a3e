#include "driftline/parallel/parallel_for.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace driftline {
namespace {

using namespace std::chrono_literals;

TEST(ParallelFor, RunsEveryIndexOnce) {
  for (const int threads : {1, 2, 8}) {
    for (const std::size_t n : {0u, 1u, 2u, 1000u}) {
      std::vector<std::atomic<int>> runs(n);
      parallel_for(n, threads, [&runs](std::size_t i) { ++runs[i]; });
      for (const auto& count : runs) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, NeverRunsMoreThanItsThreadsAtATime) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  parallel_for(64, 2, [&](std::size_t) {
    const int now = ++running;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::sleep_for(1ms);
    --running;
  });
  EXPECT_LE(most, 2);
}

TEST(ParallelFor, OneThreadRunsInTheCallerInOrder) {
  std::vector<std::size_t> order;
  parallel_for(100, 1, [&](std::size_t i) { order.push_back(i); });
  ASSERT_EQ(order.size(), 100u);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

TEST(ParallelFor, InRoundsRunsEveryIndexOnce) {
  for (const int threads : {1, 2, 8}) {
    for (const std::size_t n : {0u, 1u, 2u, 1000u}) {
      std::vector<std::atomic<int>> runs(n);
      parallel_for(n, threads, [&runs](std::size_t i) { ++runs[i]; }, [] {});
      for (const auto& count : runs) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, InRoundsWhatTheCheckpointThrowsEndsTheWork) {
  for (const int threads : {1, 2}) {
    std::atomic<int> done{0};
    int checkpoints = 0;
    const auto body = [&](std::size_t) {
      std::this_thread::sleep_for(10ms);
      ++done;
    };
    const auto checkpoint = [&] {
      if (++checkpoints == 2) throw std::runtime_error("stop");
    };
    EXPECT_THROW(parallel_for(1000, threads, body, checkpoint), std::runtime_error);
    EXPECT_GT(done, 1);
    EXPECT_LT(done, 100 * threads);
  }
}

TEST(ParallelFor, RethrowsInTheCaller) {
  for (const int threads : {1, 4}) {
    EXPECT_THROW(parallel_for(1000, threads,
                              [](std::size_t i) {
                                if (i == 37) throw std::out_of_range("37");
                              }),
                 std::out_of_range);
  }
}

TEST(ParallelFor, NestsAndRunsFromManyThreads) {
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&total] {
      parallel_for(8, 2, [&total](std::size_t) { parallel_for(8, 2, [&total](std::size_t) { ++total; }); });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4 * 8 * 8);
}

/// Runs `work` in a forked child; true if it returns true within ten seconds.
bool succeeds_in_fork(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  for (int i = 0; i < 1000; ++i) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(10ms);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return false;
}

bool runs_serially_and_completely() {
  std::vector<std::thread::id> ids;  // unguarded: a second thread would be a data race and another id
  parallel_for(100, 8, [&ids](std::size_t) { ids.push_back(std::this_thread::get_id()); });
  for (const auto id : ids) {
    if (id != std::this_thread::get_id()) return false;
  }
  return ids.size() == 100;
}

TEST(ParallelFor, ChildForkedAfterUseRunsSerially) {
  parallel_for(100, 4, [](std::size_t) {});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(succeeds_in_fork(runs_serially_and_completely));
}

TEST(ParallelFor, ChildForkedDuringUseRunsSerially) {
  std::atomic<bool> stop{false};
  std::thread busy([&stop] {
    while (!stop) parallel_for(64, 4, [](std::size_t) { std::this_thread::sleep_for(100us); });
  });
  std::this_thread::sleep_for(5ms);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(succeeds_in_fork(runs_serially_and_completely));
  stop = true;
  busy.join();
}

TEST(ParallelFor, GrandchildRunsSerially) {
  parallel_for(100, 4, [](std::size_t) {});
  EXPECT_TRUE(succeeds_in_fork(
      [] { return runs_serially_and_completely() && succeeds_in_fork(runs_serially_and_completely); }));
}

class NumThreads : public testing::Test {
 protected:
  ~NumThreads() override { unsetenv("DRIFTLINE_NUM_THREADS"); }
};

TEST_F(NumThreads, VariableLowersButNeverRaises) {
  const int all = available_threads();
  ASSERT_GE(all, 1);
  setenv("DRIFTLINE_NUM_THREADS", "1", 1);
  EXPECT_EQ(available_threads(), 1);
  setenv("DRIFTLINE_NUM_THREADS", "100000", 1);
  EXPECT_EQ(available_threads(), all);
}

TEST_F(NumThreads, WhatIsNoPositiveIntegerIsIgnored) {
  const int all = available_threads();
  for (const char* text : {"", "0", "-1", "two", "1.5", "1 ", "99999999999999999999"}) {
    setenv("DRIFTLINE_NUM_THREADS", text, 1);
    EXPECT_EQ(available_threads(), all) << text;
  }
}

}  // namespace
}  // namespace driftline
