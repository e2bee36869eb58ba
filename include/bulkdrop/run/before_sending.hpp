// What breaks before anything was sent says so: a disk that is full now is no reason to wonder what became of
// the sessions.
#pragma once

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::run {

// Does `work`; its Error(run_directory) gets "Nothing was sent" behind it.
template <typename Work>
auto before_sending(Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != ExitCode::run_directory) throw;
    throw Error(error.code(), fmt::format("{}. Nothing was sent", error.what()));
  }
}

}  // namespace bulkdrop::run
