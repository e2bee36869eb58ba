// `bulkdrop report RUN_DIR`: the reports of a run, made again from its record.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

ExitCode run_report(const Arguments& arguments, SecretSources& secrets, run::Signals& signals);

}  // namespace bulkdrop::cli
