// `bulkdrop list`: from what was typed to a list on standard output.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/list_run.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

// Checks everything that can be checked without opening a connection. Throws Error(usage).
run::ListSettings list_settings(const Arguments& arguments);

ExitCode run_list(const Arguments& arguments, SecretSources& secrets, run::Signals& signals);

}  // namespace bulkdrop::cli
