// What --help prints. The manual's pages, which explain more, are made of the same tables: src/manual.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/cli/option_table.hpp"

namespace bulkdrop::cli {

enum class HelpLength : std::uint8_t {
  screen,  // a terminal of 50 lines holds it: rare options are only named
  all,     // every option with its meaning and default, and the exit codes in full
};

std::string help_text(const CommandSpec& command, HelpLength length);
std::string program_help_text();

}  // namespace bulkdrop::cli
