#include "bulkdrop/sandbox/program.hpp"

int main(int argc, char** argv) {
  return bulkdrop::sandbox::run_program(argc, argv);
}
