// The Arrow PyCapsule interface: capsules of schemas, arrays and streams.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "driftline/column/arrow.hpp"

namespace driftline {

/// The columns of an exported array. Moves the array out of its capsule; the schema capsule stays usable.
std::vector<NamedView> import_capsules(const pybind11::object& schema_capsule, const pybind11::object& array_capsule);

/// One batch of a stream.
struct ArrowBatch {
  std::int64_t n_rows = 0;
  std::vector<NamedView> columns;
};

/// Reads an exported stream once. The GIL is released while the producer works.
class ArrowStream {
 public:
  /// Moves the stream out of its capsule and asks for its schema.
  explicit ArrowStream(const pybind11::object& capsule);
  ~ArrowStream();
  ArrowStream(const ArrowStream&) = delete;
  ArrowStream& operator=(const ArrowStream&) = delete;

  std::vector<NamedView> schema() const { return import_arrow_schema(schema_); }

  /// The next batch; nullopt at the end. A producer's error is an InputError with its message, and ends the stream.
  std::optional<ArrowBatch> next();

 private:
  void release_stream();
  [[noreturn]] void fail(const char* what, int code);

  ArrowArrayStream stream_{};
  ArrowSchema schema_{};
  std::atomic_flag busy_;
};

}  // namespace driftline
