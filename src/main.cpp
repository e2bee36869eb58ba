#include "bulkdrop/cli/program.hpp"

int main(int argc, char** argv) {
  return bulkdrop::cli::run_program(argc, argv);
}
