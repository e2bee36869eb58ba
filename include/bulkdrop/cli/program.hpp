// The program: parse, run, map to an exit code.
#pragma once

namespace bulkdrop::cli {

int run_program(int argc, char** argv);

}  // namespace bulkdrop::cli
