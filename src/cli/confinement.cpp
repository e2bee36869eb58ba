#include "bulkdrop/cli/confinement.hpp"

#include <filesystem>

#include "bulkdrop/core/confinement.hpp"

namespace bulkdrop::cli {

void confine(const Arguments& arguments, std::vector<std::string> directories, run::Console& console) {
  if (const std::string metrics = arguments.text("metrics"); !metrics.empty()) {
    const std::string directory = std::filesystem::path(metrics).parent_path();
    directories.push_back(directory.empty() ? "." : directory);
  }
  if (!confine_writes(directories))
    console.log(run::Level::debug,
                "this kernel has no Landlock: file access is not restricted while the run lasts");
}

}  // namespace bulkdrop::cli
