#include "bulkdrop/input/signature.hpp"

#include <algorithm>
#include <array>

namespace bulkdrop::input {

namespace {

using namespace std::string_view_literals;

struct Known {
  std::string_view bytes;
  Encoding encoding;
  bool is_mark;
  std::string_view not_text;
};

constexpr auto kUtf32 = "is UTF-32 text; save it as UTF-8"sv;
constexpr auto kCompressed =
    "is compressed; unpack it first, for instance with zcat, xzcat, bzcat or zstdcat"sv;

// A longer entry stands before those that begin it.
constexpr std::array kKnown = {
    Known{"\xFF\xFE\0\0"sv, Encoding::utf8, false, kUtf32},
    Known{"\0\0\xFE\xFF"sv, Encoding::utf8, false, kUtf32},
    Known{"\xEF\xBB\xBF"sv, Encoding::utf8, true, ""sv},
    Known{"\xFF\xFE"sv, Encoding::utf16le, true, ""sv},
    Known{"\xFE\xFF"sv, Encoding::utf16be, true, ""sv},
    Known{"PK\x03\x04"sv, Encoding::utf8, false,
          "is a ZIP archive or a spreadsheet (xlsx, ods); unpack it, or save the sheet as CSV"sv},
    Known{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, Encoding::utf8, false,
          "is an old Microsoft Office document (xls); save the sheet as CSV"sv},
    Known{"%PDF-"sv, Encoding::utf8, false, "is a PDF document; export the sessions as CSV"sv},
    Known{"\x1F\x8B"sv, Encoding::utf8, false, kCompressed},
    Known{"\xFD\x37zXZ\0"sv, Encoding::utf8, false, kCompressed},
    Known{"\x28\xB5\x2F\xFD"sv, Encoding::utf8, false, kCompressed},
};

}  // namespace

std::string_view name(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf16le:
      return "utf-16le";
    case Encoding::utf16be:
      return "utf-16be";
    case Encoding::utf8:
      break;
  }
  return "utf-8";
}

std::optional<Signature> read_signature(std::string_view start, bool at_end) {
  for (const auto& known : kKnown) {
    if (start.starts_with(known.bytes))
      return Signature{known.encoding, known.is_mark ? known.bytes.size() : 0, known.not_text};
    if (!at_end && known.bytes.starts_with(start)) return std::nullopt;
  }
  return Signature{};
}

std::string_view find_nuls(std::string_view piece) {
  const auto nuls = static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\0'));
  if (nuls < 4 || nuls * 8 < piece.size()) return {};
  // Latin text in UTF-16 has a NUL in every second place.
  std::size_t even = 0;
  for (std::size_t i = 0; i < piece.size(); i += 2) even += piece[i] == '\0' ? 1U : 0U;
  const std::size_t odd = nuls - even;
  if (nuls * 5 > piece.size() * 2 && (even * 20 < nuls || odd * 20 < nuls))
    return "seems to be UTF-16 text without a byte order mark; save it as UTF-8";
  return "is not text (it is full of NUL bytes); export the sessions as CSV, JSON or text";
}

}  // namespace bulkdrop::input
