// `bulkdrop drop`: from what was typed to a run, and from its outcome to what is printed.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/drop_run.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

// Checks everything that can be checked without reading input or opening a connection. Throws Error(usage).
run::DropSettings drop_settings(const Arguments& arguments);

ExitCode run_drop(const Arguments& arguments, SecretSources& secrets, run::Signals& signals);

}  // namespace bulkdrop::cli
