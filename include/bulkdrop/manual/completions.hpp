// Completion scripts: commands, options, the values of those that have a choice, files and directories where
// those are wanted. Each is a whole file that its shell loads by itself from the usual place.
#pragma once

#include <string>

#include "bulkdrop/manual/tool.hpp"

namespace bulkdrop::manual {

std::string bash_completion(const Tool& tool);  // share/bash-completion/completions/NAME
std::string zsh_completion(const Tool& tool);   // share/zsh/site-functions/_NAME
std::string fish_completion(const Tool& tool);  // share/fish/vendor_completions.d/NAME.fish

}  // namespace bulkdrop::manual
