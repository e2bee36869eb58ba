#include "bulkdrop/run/sentences.hpp"

namespace bulkdrop::run {

std::string sentences(std::string_view first, std::string_view second) {
  while (first.ends_with('.')) first.remove_suffix(1);
  std::string text(first);
  text += '.';
  if (!second.empty()) text.append(" ").append(second);
  return text;
}

}  // namespace bulkdrop::run
