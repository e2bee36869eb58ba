// A second opinion on what a success answer is: a strict JSON reader (RFC 8259) that shares nothing with the
// one under test. It keeps every member in order, duplicates included, and numbers as they are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam::test {

struct Json {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool flag = false;
  std::string text;  // of a string: decoded; of a number: as written
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  bool operator==(const Json&) const = default;
};

class JsonOracle {
 public:
  static std::optional<Json> parse(std::string_view text) {
    if (!is_valid_utf8(text)) return std::nullopt;
    JsonOracle reader(text);
    Json value;
    if (!reader.value(value)) return std::nullopt;
    reader.space();
    if (!reader.rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  explicit JsonOracle(std::string_view text) : rest_(text) {}

  bool eat(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void space() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      rest_.remove_prefix(1);
  }

  bool value(Json& out) {
    space();
    if (eat("null")) return true;
    if (eat("true") || rest_.starts_with("false")) {
      out.kind = Json::Kind::boolean;
      out.flag = !eat("false");
      return true;
    }
    if (rest_.starts_with('"')) {
      out.kind = Json::Kind::string;
      return string(out.text);
    }
    if (eat("[")) {
      out.kind = Json::Kind::array;
      return list("]", [&] { return value(out.items.emplace_back()); });
    }
    if (eat("{")) {
      out.kind = Json::Kind::object;
      return list("}", [&] {
        auto& [key, member] = out.members.emplace_back(std::string(), Json());
        space();
        if (!string(key)) return false;
        space();
        return eat(":") && value(member);
      });
    }
    out.kind = Json::Kind::number;
    return number(out.text);
  }

  template <typename Item>
  bool list(std::string_view end, Item item) {
    space();
    if (eat(end)) return true;
    for (;;) {
      if (!item()) return false;
      space();
      if (eat(end)) return true;
      if (!eat(",")) return false;
    }
  }

  std::size_t digits(std::size_t at) const {
    std::size_t n = 0;
    while (at + n < rest_.size() && rest_[at + n] >= '0' && rest_[at + n] <= '9') ++n;
    return n;
  }
  bool number(std::string& out) {
    std::size_t at = rest_.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits(at);
    if (whole == 0 || (whole > 1 && rest_[at] == '0')) return false;
    at += whole;
    if (at < rest_.size() && rest_[at] == '.') {
      const std::size_t n = digits(at + 1);
      if (n == 0) return false;
      at += 1 + n;
    }
    if (at < rest_.size() && (rest_[at] == 'e' || rest_[at] == 'E')) {
      ++at;
      if (at < rest_.size() && (rest_[at] == '+' || rest_[at] == '-')) ++at;
      const std::size_t n = digits(at);
      if (n == 0) return false;
      at += n;
    }
    out.assign(rest_.substr(0, at));
    rest_.remove_prefix(at);
    return true;
  }

  bool hex4(unsigned& out) {
    out = 0;
    if (rest_.size() < 4) return false;
    for (int i = 0; i < 4; ++i) {
      const char c = rest_[static_cast<std::size_t>(i)];
      const auto at = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
      const bool digit = c >= '0' && c <= '9';
      if (!digit && (at == std::string_view::npos || at < 10)) return false;
      out = out * 16 + (digit ? static_cast<unsigned>(c - '0') : static_cast<unsigned>(at));
    }
    rest_.remove_prefix(4);
    return true;
  }
  static void put(std::string& out, unsigned c) {
    const auto byte = [&](unsigned b) { out.push_back(static_cast<char>(static_cast<unsigned char>(b))); };
    if (c < 0x80) {
      byte(c);
    } else if (c < 0x800) {
      byte(0xC0 | (c >> 6));
      byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      byte(0xE0 | (c >> 12));
      byte(0x80 | ((c >> 6) & 0x3F));
      byte(0x80 | (c & 0x3F));
    } else {
      byte(0xF0 | (c >> 18));
      byte(0x80 | ((c >> 12) & 0x3F));
      byte(0x80 | ((c >> 6) & 0x3F));
      byte(0x80 | (c & 0x3F));
    }
  }
  bool string(std::string& out) {
    if (!eat("\"")) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out.push_back(c);
        continue;
      }
      if (rest_.empty()) return false;
      const char kind = rest_.front();
      rest_.remove_prefix(1);
      constexpr std::string_view kPlain = "\"\\/bfnrt";
      constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
      if (const auto at = kPlain.find(kind); at != std::string_view::npos) {
        out.push_back(kMeant[at]);
        continue;
      }
      unsigned first = 0;
      if (kind != 'u' || !hex4(first)) return false;
      if (first >= 0xD800 && first < 0xDC00) {
        unsigned second = 0;
        if (!eat("\\u") || !hex4(second) || second < 0xDC00 || second > 0xDFFF) return false;
        first = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
      }
      put(out, first);
    }
    return false;
  }

  std::string_view rest_;
};

// Invariant 2 of the design, spelled out once more: what the body of a success must say.
inline bool is_success_body(std::string_view body) {
  if (body.size() > 64 * 1024) return false;
  const std::optional<Json> parsed = JsonOracle::parse(body);
  if (!parsed || parsed->kind != Json::Kind::object) return false;
  const auto count = [](const Json& in, std::string_view key) {
    std::size_t n = 0;
    for (const auto& [name, value] : in.members) n += name == key ? 1U : 0U;
    return n;
  };
  const auto find = [](const Json& in, std::string_view key) -> const Json* {
    for (const auto& [name, value] : in.members)
      if (name == key) return &value;
    return nullptr;
  };
  const auto is_integer = [](const Json* value, std::string_view number) {
    return value != nullptr && value->kind == Json::Kind::number && value->text == number;
  };
  const auto is_zero = [&](const Json* value) { return is_integer(value, "0") || is_integer(value, "-0"); };
  if (count(*parsed, "response") != 1 || count(*parsed, "code") > 1) return false;
  if (count(*parsed, "code") == 1 && !is_integer(find(*parsed, "code"), "200")) return false;
  // Nothing beside it may speak of an error.
  for (const auto& [name, value] : parsed->members) {
    if (name == "status" && value.kind == Json::Kind::number && !is_integer(&value, "200")) return false;
    if (name == "error_code" || name == "cod_erro") {
      if (!is_zero(&value) && value.kind != Json::Kind::null) return false;
    } else if (name == "error" || name == "erro" || name == "errors" || name == "erros" ||
               name == "exception") {
      const bool nothing = value.kind == Json::Kind::null ||
                           (value.kind == Json::Kind::boolean && !value.flag) ||
                           (value.kind == Json::Kind::string && value.text.empty());
      if (!nothing) return false;
    }
  }
  const Json& response = *find(*parsed, "response");
  if (response.kind != Json::Kind::object) return false;
  for (const auto key : {"status", "message", "mensagem", "error", "erro", "error_code", "cod_erro"})
    if (count(response, key) > 1) return false;
  for (const auto& [english, portuguese] :
       {std::pair{"message", "mensagem"}, {"error", "erro"}, {"error_code", "cod_erro"}}) {
    const Json* one = find(response, english);
    const Json* other = find(response, portuguese);
    const bool zeros = is_zero(one) && is_zero(other);
    if (one != nullptr && other != nullptr && *one != *other && !zeros) return false;
  }
  for (const auto key : {"errors", "erros", "exception"})
    if (const Json* value = find(response, key); value != nullptr && value->kind != Json::Kind::null)
      return false;
  const Json* error = find(response, "error");
  return is_integer(find(response, "status"), "200") && error != nullptr &&
         error->kind == Json::Kind::boolean && !error->flag && is_zero(find(response, "error_code"));
}

}  // namespace bulkdrop::pam::test
