#include "bulkdrop/report/markup.hpp"

#include <array>
#include <charconv>
#include <cstddef>

#include <openssl/evp.h>

#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kDigestBytes = 32;

bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c == '\\')
      return false;
  return true;
}

}  // namespace

void append_html(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
    return;
  }
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

std::string html(std::string_view text) {
  std::string out;
  append_html(out, text);
  return out;
}

void append_script_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  std::string json;
  append_json_string(json, printable(text));
  for (const char c : json) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
}

std::string csp_hash(std::string_view content) {
  Sha256 hash;
  hash.add(content);
  const std::string digits = hash.finish();
  std::array<unsigned char, kDigestBytes> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i)
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, digest[i], 16);
  std::array<unsigned char, 4 * ((kDigestBytes + 2) / 3) + 1> base64{};
  ::EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  std::string expression = "'sha256-";
  for (const unsigned char c : base64)
    if (c != 0) expression += static_cast<char>(c);
  return expression + "'";
}

}  // namespace bulkdrop::report
