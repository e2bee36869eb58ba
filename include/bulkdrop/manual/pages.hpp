// The manual's pages: prose from man/*.in, with parts between that are made from the program's own tables.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bulkdrop/manual/tool.hpp"

namespace bulkdrop::manual {

// Parts of a page in man(7) source, by the name under which man/*.in asks for them in a line of its own:
// @OPTIONS@.
using Parts = std::map<std::string, std::string, std::less<>>;

// What stands at the foot of every page.
struct Edition {
  std::string version;
  std::string date;  // 2026-11-22
};

// @HEAD@ (title, NAME, SYNOPSIS), @COMMANDS@, @STATUSES@, @REASONS@, @RULES@.
Parts program_parts(const Tool& tool, const Edition& edition);
// @HEAD@, @OPTIONS@, @NOTES@, @EXIT STATUS@.
Parts command_parts(const Tool& tool, const cli::CommandSpec& command, const Edition& edition);
// @HEAD@, @OPTIONS@; of a tool without commands.
Parts tool_parts(const Tool& tool, const Edition& edition);

// A heading and text that is laid out already.
std::string laid_out(std::string_view heading, std::string_view text);

// `source` with its parts, which may ask for others. Throws std::runtime_error for one that `parts` does not
// have.
std::string page(std::string_view source, const Parts& parts);

}  // namespace bulkdrop::manual
