#include "driftline/parallel/cpu_limit.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace driftline {
namespace {

namespace fs = std::filesystem;

std::optional<double> ratio(const std::string& quota, double period) {
  // "max" (version 2) and -1 (version 1) mean no quota.
  std::istringstream text(quota);
  double microseconds = 0.0;
  if (!(text >> microseconds) || microseconds <= 0.0 || period <= 0.0) return std::nullopt;
  return microseconds / period;
}

std::optional<double> limit_of_group(const fs::path& group) {
  std::string quota;
  double period = 0.0;
  if (std::ifstream file(group / "cpu.max"); file >> quota >> period) return ratio(quota, period);
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  if (quota_file >> quota && period_file >> period) return ratio(quota, period);
  return std::nullopt;
}

void lower(std::optional<double>& limit, std::optional<double> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// Lowers `limit` to that of the group and of every group above it.
void lower_along_path(std::optional<double>& limit, const fs::path& mount, const std::string& path) {
  fs::path group = mount;
  lower(limit, limit_of_group(group));
  for (const std::string& name : split(path, '/')) {
    if (name.empty() || name == "..") continue;
    group /= name;
    lower(limit, limit_of_group(group));
  }
}

}  // namespace

std::optional<double> cgroup_cpu_limit(std::string_view membership, const fs::path& root) {
  std::optional<double> limit;
  std::istringstream lines{std::string(membership)};
  for (std::string line; std::getline(lines, line);) {
    // hierarchy:controllers:path; version 2 names no controllers.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    const std::vector<std::string> names = split(controllers, ',');
    if (controllers.empty()) {
      lower_along_path(limit, root, path);
    } else if (std::find(names.begin(), names.end(), "cpu") != names.end()) {
      for (const std::string& mount : {controllers, std::string("cpu")}) lower_along_path(limit, root / mount, path);
    }
  }
  return limit;
}

}  // namespace driftline
