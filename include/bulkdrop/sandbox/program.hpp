// bulkdrop-sandbox from its arguments to its exit code.
#pragma once

namespace bulkdrop::sandbox {

int run_program(int argc, const char* const* argv);

}  // namespace bulkdrop::sandbox
