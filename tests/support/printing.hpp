// How the vocabulary prints, so that a failed comparison names what it saw.
#pragma once

#include <ostream>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"

namespace bulkdrop {

inline std::ostream& operator<<(std::ostream& out, Status status) {
  return out << name(status);
}
inline std::ostream& operator<<(std::ostream& out, Reason reason) {
  return out << name(reason);
}
inline std::ostream& operator<<(std::ostream& out, StopKind kind) {
  return out << name(kind);
}
inline std::ostream& operator<<(std::ostream& out, ExitCode code) {
  return out << static_cast<int>(code);
}

}  // namespace bulkdrop
