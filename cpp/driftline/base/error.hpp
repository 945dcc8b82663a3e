// The kinds of error a caller can cause. Each becomes one Python exception (bindings/exceptions.cpp).
#pragma once

#include <stdexcept>
#include <string>

namespace driftline {

/// Base of every error the core raises on purpose. A bug is an assertion, never an Error.
///
/// The message says what was asked, what was found, where, and what would work.
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The data handed in cannot be read as a table or a column.
class InputError : public Error {
  using Error::Error;
};

/// An option has a value, or a combination of values, that is not allowed.
class OptionError : public Error {
  using Error::Error;
};

/// Two schemas, or a schema and the data, do not fit together.
class SchemaError : public Error {
  using Error::Error;
};

/// Bytes that should hold a profile do not: truncated, damaged, foreign, or from a newer version.
class FormatError : public Error {
  using Error::Error;
};

}  // namespace driftline
