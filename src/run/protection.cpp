#include "bulkdrop/run/protection.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

void warn_of_lists(const input::Screen& screen, bool whole, Console& console) {
  for (const std::string& odd : screen.protected_ids().of_odd_size()) console.log(Level::alert, odd);
  if (!whole) return;
  for (const input::ProtectList& list : screen.protect_lists())
    if (list.met == 0)
      console.log(Level::alert,
                  fmt::format("protect list {}: none of its IDs is in the input: is it the right list?",
                              printable(list.file)));
}

}  // namespace

void warn_of_protection(const input::Screen& screen, bool whole, Console& console) {
  warn_of_lists(screen, whole, console);
  for (const std::string& beginning : screen.protected_ids().beginnings())
    console.log(Level::alert, beginning);
}

void check_protection(const input::Screen& screen, bool whole, Console& console) {
  warn_of_lists(screen, whole, console);
  const auto beginnings = screen.protected_ids().beginnings();
  if (!beginnings.empty())
    throw Error(ExitCode::bad_input, fmt::format("{}; nothing was sent", beginnings.front()));
}

}  // namespace bulkdrop::run
