// The CPU quota of the control group this process runs in.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace driftline {

/// CPUs the quota allows, as a fraction (0.5: half of one); nullopt without a quota.
///
/// `membership` is the text of /proc/self/cgroup, `root` the folder where control groups are mounted (/sys/fs/cgroup).
/// Reads cpu.max of version 2 and cpu.cfs_quota_us of version 1, in the group and in every group above it: the least
/// counts. Groups that are not visible, as inside a container, are passed over.
std::optional<double> cgroup_cpu_limit(std::string_view membership, const std::filesystem::path& root);

}  // namespace driftline
