#include "bulkdrop/pam/envelope.hpp"

#include <simdjson.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

static_assert(kBodyPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kMessageBytes = 500;

bool same(element a, element b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case element_type::STRING:
      return std::string_view{a} == std::string_view{b};
    case element_type::INT64:
      return std::int64_t{a} == std::int64_t{b};
    case element_type::BOOL:
      return bool{a} == bool{b};
    default:
      return simdjson::minify(a) == simdjson::minify(b);
  }
}

// One field under its two names: the documented answers say each thing in English and in Portuguese.
struct Twin {
  std::string_view english;
  std::string_view portuguese;
  element first{};
  element second{};
  bool has_first = false;
  bool has_second = false;

  // False if the key stood there already.
  bool take(std::string_view key, element value) {
    if (key == english) {
      if (has_first) return false;
      first = value;
      has_first = true;
    } else if (key == portuguese) {
      if (has_second) return false;
      second = value;
      has_second = true;
    }
    return true;
  }
  [[nodiscard]] bool agree() const { return !has_first || !has_second || same(first, second); }
};

std::optional<std::int64_t> integer(element value) {
  if (value.type() != element_type::INT64) return std::nullopt;
  return std::int64_t{value};
}

void take_text(std::string& out, element value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return;
  if (text.size() <= kMessageBytes) {
    out.assign(text);
  } else {
    out = shortened(text, kMessageBytes);
  }
}

// Members that speak of an error if they are anything but empty.
bool names_error(std::string_view key) {
  return key == "error" || key == "erro" || key == "errors" || key == "erros" || key == "exception";
}

bool says_nothing(element value) {
  bool flag = false;
  std::string_view text;
  return value.is_null() || (value.get(flag) == simdjson::SUCCESS && !flag) ||
         (value.get(text) == simdjson::SUCCESS && text.empty());
}

// False if a key that matters stands there twice, or twins disagree.
bool read_response(object response, Envelope& out) {
  Twin message{"message", "mensagem"};
  Twin error{"error", "erro"};
  Twin error_code{"error_code", "cod_erro"};
  bool has_status = false;
  for (const auto field : response) {
    if (!message.take(field.key, field.value) || !error.take(field.key, field.value) ||
        !error_code.take(field.key, field.value))
      return false;
    if (field.key == "status") {
      if (has_status) return false;
      has_status = true;
      out.status = integer(field.value);
    } else if (field.key == "errors" || field.key == "erros" || field.key == "exception") {
      if (!field.value.is_null()) out.clean = false;
    }
  }
  if (!message.agree() || !error.agree() || !error_code.agree()) return false;
  if (message.has_first) {
    take_text(out.message, message.first);
  } else if (message.has_second) {
    take_text(out.message, message.second);
  }
  if (error.has_first && error.first.is_bool()) out.error = bool{error.first};
  if (error_code.has_first) out.error_code = integer(error_code.first);
  return true;
}

}  // namespace

struct EnvelopeReader::Impl {
  simdjson::dom::parser parser;
  Envelope envelope;
};

EnvelopeReader::EnvelopeReader() : impl_(std::make_unique<Impl>()) {}

EnvelopeReader::~EnvelopeReader() = default;

const Envelope& EnvelopeReader::read(std::string_view body) {
  Envelope& out = impl_->envelope;
  out.shape = Shape::not_json;
  out.code.reset();
  out.status.reset();
  out.error.reset();
  out.error_code.reset();
  out.message.clear();
  out.oauth_error.clear();
  out.clean = true;

  // RFC 8259 §8.1 forbids senders a byte order mark, and newer parsers skip it: refuse it in every version.
  if (body.empty() || body.starts_with("\xEF\xBB\xBF")) return out;
  element document;
  if (impl_->parser.parse(body.data(), body.size(), false).get(document) != simdjson::SUCCESS) return out;
  object top;
  if (document.get(top) != simdjson::SUCCESS) {
    out.shape = Shape::other_json;
    return out;
  }

  out.shape = Shape::other_json;
  element response_value;
  element message_value;
  bool has_response = false;
  bool has_code = false;
  bool has_message = false;
  bool has_error = false;
  for (const auto field : top) {
    if (field.key == "response") {
      if (has_response) {
        out.shape = Shape::contradictory;
        return out;
      }
      has_response = true;
      response_value = field.value;
    } else if (field.key == "code") {
      if (has_code) {
        out.shape = Shape::contradictory;
        return out;
      }
      has_code = true;
      out.code = integer(field.value);
      if (!out.code) out.clean = false;
    } else if (field.key == "status") {
      if (integer(field.value).value_or(200) != 200) out.clean = false;
    } else if (field.key == "message") {
      has_message = true;
      message_value = field.value;
    } else if (field.key == "error_code" || field.key == "cod_erro") {
      if (!field.value.is_null() && integer(field.value) != 0) out.clean = false;
    } else if (names_error(field.key)) {
      if (!says_nothing(field.value)) out.clean = false;
      if (field.key == "error" && field.value.is_string()) {
        has_error = true;
        take_text(out.oauth_error, field.value);
      }
    } else if (field.key == "error_description" && !has_message) {
      take_text(out.message, field.value);
    }
  }
  if (has_response) {
    object response;
    if (response_value.get(response) != simdjson::SUCCESS) return out;
    out.message.clear();
    out.shape = read_response(response, out) ? Shape::envelope : Shape::contradictory;
    return out;
  }
  if (has_message) take_text(out.message, message_value);
  if (has_message || has_error) {
    if (out.message.empty()) out.message = out.oauth_error;
    out.shape = Shape::message;
  }
  return out;
}

}  // namespace bulkdrop::pam
