#include "bulkdrop/input/regex.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {
namespace {

// RE2's words end with the part that it means: `missing ]: [a-`.
std::string what_is_wrong(const RE2& regex) {
  std::string_view words = regex.error();
  const std::string& part = regex.error_arg();
  if (part.empty() || !words.ends_with(": " + part)) return printable(words);
  words.remove_suffix(part.size() + 2);
  return fmt::format("{}, at '{}'", printable(words), printable(part));
}

}  // namespace

std::unique_ptr<RE2> compile_regex(std::string_view option, const std::string& expression) {
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<RE2>(expression, options);
  if (!compiled->ok())
    throw Error(ExitCode::usage, fmt::format("{}: '{}' is no regular expression: {}. The syntax is RE2's",
                                             option, printable(expression), what_is_wrong(*compiled)));
  return compiled;
}

}  // namespace bulkdrop::input
