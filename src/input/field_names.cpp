#include "bulkdrop/input/field_names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

using namespace std::string_view_literals;

// Folded. The order of the words is that of the exports.
constexpr std::array kUsualNames = {"sessionid"sv, "iddasessao"sv, "iddesesion"sv, "sitzungsid"sv,
                                    "sitzungskennung"sv};
constexpr std::size_t kShortestUsualName = 9;

// U+00C0 … U+00FF without their accents, in lower case; `*` where a letter has none to lose.
constexpr std::string_view kLatin1Base = "aaaaaa*ceeeeiiii*nooooo**uuuuy**aaaaaa*ceeeeiiii*nooooo**uuuuy*y";
static_assert(kLatin1Base.size() == 64);

constexpr bool is_separator(char c) {
  return c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t' || c == '\r' || c == '\n';
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Appends what is left of a character of two bytes (U+0080 … U+07FF).
void fold_two_bytes(unsigned char first, unsigned char second, std::string& out) {
  const std::uint32_t code = ((first & 0x1FU) << 6U) | (second & 0x3FU);
  if (code == 0xA0) return;                    // no-break space
  if (code >= 0x300 && code <= 0x36F) return;  // combining accents
  if (code >= 0xC0 && code <= 0xFF && kLatin1Base[code - 0xC0] != '*') {
    out += kLatin1Base[code - 0xC0];
    return;
  }
  // Æ Ð Ø Þ (but not ×) to lower case.
  const bool upper = code >= 0xC0 && code <= 0xDE && code != 0xD7;
  out += static_cast<char>(first);
  out += static_cast<char>(upper ? second + 0x20U : second);
}

}  // namespace

std::string fold_name(std::string_view name) {
  const std::string text = to_utf8(name);
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      if (!is_separator(text[i])) folded += lower(text[i]);
    } else if (byte >= 0xC2 && byte <= 0xDF) {
      fold_two_bytes(byte, static_cast<unsigned char>(text[i + 1]), folded);
      ++i;
    } else if (std::string_view(text).substr(i).starts_with("\xEF\xBB\xBF")) {
      i += 2;  // a byte order mark that was copied along
    } else {
      folded += text[i];
    }
  }
  return folded;
}

FieldNames::FieldNames(std::string_view wanted) : wanted_(fold_name(wanted)) {}

bool FieldNames::matches(std::string_view name) const {
  // Nearly all names are others: settle them without folding.
  if (name.size() < (wanted_.empty() ? kShortestUsualName : wanted_.size())) return false;
  const char first = lower(name.front());
  if (first >= 'a' && first <= 'z') {
    if (wanted_.empty() ? first != 's' && first != 'i' : first != wanted_.front()) return false;
  }
  const std::string folded = fold_name(name);
  if (!wanted_.empty()) return folded == wanted_;
  return std::find(kUsualNames.begin(), kUsualNames.end(), folded) != kUsualNames.end();
}

}  // namespace bulkdrop::input
