// The Arrow C data interface, read without the Arrow library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"

// ABI structures of https://arrow.apache.org/docs/format/CDataInterface.html (and CStreamInterface.html).
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
}

namespace driftline {

/// One column of an Arrow batch under its name.
struct NamedView {
  std::string name;
  ColumnView view;
};

/// An Arrow array as columns. Takes ownership of `array` (moves out of it; it is released when the last view dies)
/// and only reads `schema`.
///
/// A struct array becomes one column per field; a struct row that is null makes every field null. Any other array
/// becomes one column with the name of its field. Offsets, slices, null_count = -1 and zero-length buffers are
/// handled. Types without a reading (nested, union, interval, run-end encoded, list) become Logical::unsupported
/// views whose nulls are still counted where the layout has a bitmap.
///
/// Throws InputError for arrays that break the C data interface (missing buffers, negative lengths).
std::vector<NamedView> import_arrow(const ArrowSchema& schema, ArrowArray&& array);

/// The same with only the types: views of length 0.
std::vector<NamedView> import_arrow_schema(const ArrowSchema& schema);

}  // namespace driftline
