#include "driftline/parallel/cpu_limit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace driftline {
namespace {

namespace fs = std::filesystem;

class CpuLimit : public testing::Test {
 protected:
  CpuLimit() : root_(fs::temp_directory_path() / ("driftline_cgroup_" + std::to_string(getpid()))) {
    fs::create_directories(root_);
  }
  ~CpuLimit() override { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  fs::path root_;
};

TEST_F(CpuLimit, NoGroupsNoLimit) {
  EXPECT_EQ(cgroup_cpu_limit("", root_), std::nullopt);
  EXPECT_EQ(cgroup_cpu_limit("0::/a/b\n", root_), std::nullopt);
  EXPECT_EQ(cgroup_cpu_limit("no colons\n:\n::\n", root_), std::nullopt);
}

TEST_F(CpuLimit, Version2QuotaOverPeriod) {
  write("a/b/cpu.max", "250000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/a/b\n", root_), 2.5);
}

TEST_F(CpuLimit, Version2MaxIsNoLimit) {
  write("a/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/a\n", root_), std::nullopt);
}

TEST_F(CpuLimit, LeastOfTheGroupsAboveCounts) {
  write("a/cpu.max", "150000 100000\n");
  write("a/b/cpu.max", "400000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/a/b\n", root_), 1.5);
}

TEST_F(CpuLimit, InvisibleGroupLeavesThoseThatAreVisible) {
  // A container sees the root of its own groups under the path of the host.
  write("cpu.max", "50000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/system.slice/docker-1234.scope\n", root_), 0.5);
  EXPECT_EQ(cgroup_cpu_limit("0::/../elsewhere\n", root_), 0.5);
}

TEST_F(CpuLimit, Version1ReadsTheCpuController) {
  write("cpu,cpuacct/pod/cpu.cfs_quota_us", "300000\n");
  write("cpu,cpuacct/pod/cpu.cfs_period_us", "100000\n");
  write("memory/pod/cpu.max", "1 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("5:memory:/pod\n4:cpu,cpuacct:/pod\n", root_), 3.0);
}

TEST_F(CpuLimit, Version1MinusOneIsNoLimit) {
  write("cpu/cpu.cfs_quota_us", "-1\n");
  write("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_limit("4:cpu:/\n", root_), std::nullopt);
}

TEST_F(CpuLimit, NonsenseIsNoLimit) {
  for (const char* text : {"", "zero 100000", "0 100000", "100000 0", "100000"}) {
    write("cpu.max", text);
    EXPECT_EQ(cgroup_cpu_limit("0::/\n", root_), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace driftline
