// Arrow arrays built by hand, buffer by buffer, as a producer would export them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "driftline/column/arrow.hpp"

namespace driftline::testing {

/// One array with its field, its children and its dictionary. Buffers have exactly the size given, so that a sanitizer
/// sees every read beyond them; they are freed when the array is released.
class ArrowBuilder {
 public:
  explicit ArrowBuilder(std::string format, std::string name = "x")
      : format_(std::move(format)), name_(std::move(name)) {}

  ArrowBuilder& rows(std::int64_t length, std::int64_t offset = 0, std::int64_t null_count = -1) {
    array_.length = length;
    array_.offset = offset;
    array_.null_count = null_count;
    return *this;
  }

  template <class T>
  ArrowBuilder& buffer(const std::vector<T>& values) {
    std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[values.size() * sizeof(T)]);
    if (!values.empty()) std::memcpy(memory.get(), values.data(), values.size() * sizeof(T));
    buffers_.push_back(std::move(memory));
    return *this;
  }

  ArrowBuilder& characters(const std::string& text) { return buffer(std::vector<char>(text.begin(), text.end())); }

  ArrowBuilder& bits(const std::vector<bool>& values) {
    std::vector<std::uint8_t> bytes((values.size() + 7) / 8);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i]) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | 1U << i % 8);
    }
    return buffer(bytes);
  }

  ArrowBuilder& no_buffer() {
    buffers_.push_back(nullptr);
    return *this;
  }

  /// Takes over what `child` has built.
  ArrowBuilder& child(ArrowBuilder& child) {
    children_.push_back(std::make_unique<ArrowBuilder>(std::move(child)));
    return *this;
  }
  ArrowBuilder& child(ArrowBuilder&& temporary) { return child(temporary); }

  /// Takes over what `values` has built.
  ArrowBuilder& dictionary(ArrowBuilder& values) {
    dictionary_ = std::make_unique<ArrowBuilder>(std::move(values));
    return *this;
  }
  ArrowBuilder& dictionary(ArrowBuilder&& temporary) { return dictionary(temporary); }

  const ArrowSchema& schema() {
    link();
    return schema_;
  }

  /// The array as it would be handed over. The builder must outlive it.
  ArrowArray& array() {
    link();
    return array_;
  }

  std::vector<NamedView> import() { return import_arrow(schema(), std::move(array())); }
  ColumnView import_column() { return import().at(0).view; }

  int n_released() const { return n_released_; }

 private:
  void link() {
    buffer_pointers_.clear();
    for (const auto& memory : buffers_) buffer_pointers_.push_back(memory.get());
    array_.n_buffers = static_cast<std::int64_t>(buffers_.size());
    array_.buffers = buffer_pointers_.data();
    child_arrays_.clear();
    child_schemas_.clear();
    for (const auto& child : children_) {
      child->link();
      child_arrays_.push_back(&child->array_);
      child_schemas_.push_back(&child->schema_);
    }
    array_.n_children = schema_.n_children = static_cast<std::int64_t>(children_.size());
    array_.children = child_arrays_.data();
    schema_.children = child_schemas_.data();
    if (dictionary_ != nullptr) {
      dictionary_->link();
      array_.dictionary = &dictionary_->array_;
      schema_.dictionary = &dictionary_->schema_;
    }
    schema_.format = format_.c_str();
    schema_.name = name_.c_str();
    schema_.release = [](ArrowSchema* schema) { schema->release = nullptr; };
    array_.private_data = this;
    array_.release = [](ArrowArray* array) {
      auto* builder = static_cast<ArrowBuilder*>(array->private_data);
      ++builder->n_released_;
      builder->free_buffers();
      array->release = nullptr;
    };
  }

  void free_buffers() {
    buffers_.clear();
    for (const auto& child : children_) child->free_buffers();
    if (dictionary_ != nullptr) dictionary_->free_buffers();
  }

  std::string format_;
  std::string name_;
  std::vector<std::unique_ptr<std::uint8_t[]>> buffers_;
  std::vector<const void*> buffer_pointers_;
  std::vector<std::unique_ptr<ArrowBuilder>> children_;
  std::vector<ArrowArray*> child_arrays_;
  std::vector<ArrowSchema*> child_schemas_;
  std::unique_ptr<ArrowBuilder> dictionary_;
  ArrowSchema schema_{};
  ArrowArray array_{};
  int n_released_ = 0;
};

}  // namespace driftline::testing
