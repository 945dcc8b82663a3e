#include "arrow_capsule.hpp"

#include <cstring>
#include <string>

#include "driftline/base/error.hpp"

namespace py = pybind11;

namespace driftline {
namespace {

template <class T>
T& open_capsule(const py::object& capsule, const char* name) {
  auto* content = static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (content == nullptr) {
    PyErr_Clear();
    throw InputError(std::string("expected a PyCapsule named \"") + name + "\" of the Arrow PyCapsule interface, got " +
                     py::str(py::type::of(capsule)).cast<std::string>());
  }
  if (content->release == nullptr) {
    throw InputError(std::string("the capsule \"") + name + "\" was consumed before; export the data again");
  }
  return *content;
}

template <class T>
void release(T& content) {
  if (content.release != nullptr) content.release(&content);
  content.release = nullptr;
}

}  // namespace

std::vector<NamedView> import_capsules(const py::object& schema_capsule, const py::object& array_capsule) {
  const auto& schema = open_capsule<ArrowSchema>(schema_capsule, "arrow_schema");
  auto& array = open_capsule<ArrowArray>(array_capsule, "arrow_array");
  return import_arrow(schema, std::move(array));
}

ArrowStream::ArrowStream(const py::object& capsule) {
  auto& source = open_capsule<ArrowArrayStream>(capsule, "arrow_array_stream");
  stream_ = source;
  source.release = nullptr;
  const py::gil_scoped_release no_gil;
  if (const int code = stream_.get_schema(&stream_, &schema_); code != 0) fail("schema", code);
}

ArrowStream::~ArrowStream() {
  release(schema_);
  release_stream();
}

void ArrowStream::release_stream() { release(stream_); }

void ArrowStream::fail(const char* what, int code) {
  const char* detail = stream_.get_last_error == nullptr ? nullptr : stream_.get_last_error(&stream_);
  std::string message = detail == nullptr ? std::strerror(code) : detail;
  release_stream();
  throw InputError(std::string("the Arrow stream could not give its ") + what + ": " + message);
}

std::optional<ArrowBatch> ArrowStream::next() {
  const py::gil_scoped_release no_gil;
  if (busy_.test_and_set()) throw InputError("an Arrow stream cannot be read by two threads at once");
  struct Unset {
    std::atomic_flag& flag;
    ~Unset() { flag.clear(); }
  } const unset{busy_};

  if (stream_.release == nullptr) return std::nullopt;
  ArrowArray array{};
  if (const int code = stream_.get_next(&stream_, &array); code != 0) fail("next batch", code);
  if (array.release == nullptr) {
    release_stream();
    return std::nullopt;
  }
  ArrowBatch batch;
  batch.n_rows = array.length;
  batch.columns = import_arrow(schema_, std::move(array));
  return batch;
}

}  // namespace driftline
