// `bulkdrop check`: what was tried and what to do, one line each.
#pragma once

#include <string>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/check.hpp"

namespace bulkdrop::cli {

struct CheckLook {
  int width = 0;  // columns; 0 = lines are as long as they are
  bool colour = false;
  bool only_trouble = false;
};

std::string check_text(const run::CheckReport& report, const CheckLook& look);
std::string check_json(const run::CheckReport& report, const std::string& url);

ExitCode run_check(const Arguments& arguments, SecretSources& secrets);

}  // namespace bulkdrop::cli
