#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::fuzz {

void holds(bool property, std::string_view what, std::string_view seen) {
  if (property) return;
  const std::string words = labelled(what, printable(seen));
  std::fprintf(stderr, "does not hold: %s\n", words.c_str());
  std::abort();
}

bool is_for_people(std::string_view text) {
  return is_valid_utf8(text) && printable(text) == text;
}

Bytes::Bytes(const std::uint8_t* data, std::size_t size) : bytes_(data, data + size), text_(bytes_) {}

unsigned Bytes::setting(unsigned choices) {
  if (text_.empty()) return 0;
  const auto byte = static_cast<unsigned char>(text_.front() - '0');
  text_.remove_prefix(1);
  return byte % choices;
}

std::vector<std::string_view> cut(std::string_view text, unsigned seed, std::size_t most) {
  std::set<std::size_t> ends = {text.size()};
  std::uint32_t state = seed * 2654435761U;
  const std::size_t cuts = seed == 0 ? 0 : 1 + seed % (most - 1);
  for (std::size_t i = 0; i < cuts && !text.empty(); ++i) {
    state = state * 1664525U + 1013904223U;
    ends.insert(1 + (state >> 8U) % text.size());
  }
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

}  // namespace bulkdrop::fuzz
