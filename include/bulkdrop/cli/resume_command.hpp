// `bulkdrop resume RUN_DIR`: the rest of a run that stopped.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

ExitCode run_resume(const Arguments& arguments, SecretSources& secrets, run::Signals& signals);

}  // namespace bulkdrop::cli
