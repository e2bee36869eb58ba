// `bulkdrop verify RUN_DIR`: holds a run that is over against the server's own session list.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

ExitCode run_verify(const Arguments& arguments, SecretSources& secrets, run::Signals& signals);

}  // namespace bulkdrop::cli
