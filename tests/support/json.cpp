#include "support/json.hpp"

#include <simdjson.h>

namespace bulkdrop::test {

using simdjson::dom::element;

struct Json::Document {
  simdjson::dom::parser parser;
  element root;
  explicit Document(std::string_view text) { root = parser.parse(text.data(), text.size()).value(); }
  [[nodiscard]] element at(std::string_view pointer) const { return root.at_pointer(pointer).value(); }
};

Json::Json(std::string_view text) : document_(std::make_shared<const Document>(text)) {}

std::string Json::text(std::string_view pointer) const {
  return std::string(document_->at(pointer).get_string().value());
}

std::uint64_t Json::number(std::string_view pointer) const {
  return document_->at(pointer).get_uint64().value();
}

double Json::real(std::string_view pointer) const {
  return document_->at(pointer).get_double().value();
}

bool Json::flag(std::string_view pointer) const {
  return document_->at(pointer).get_bool().value();
}

bool Json::is_null(std::string_view pointer) const {
  return document_->at(pointer).is_null();
}

bool Json::has(std::string_view pointer) const {
  return document_->root.at_pointer(pointer).error() == simdjson::SUCCESS;
}

bool Json::is_text(std::string_view pointer) const {
  return has(pointer) && document_->at(pointer).is_string();
}

std::vector<std::string> Json::keys(std::string_view pointer) const {
  std::vector<std::string> keys;
  const simdjson::dom::object object = document_->at(pointer).get_object().value();
  for (const auto& [key, value] : object) keys.emplace_back(key);
  return keys;
}

std::size_t Json::size(std::string_view pointer) const {
  return document_->at(pointer).get_array().value().size();
}

std::vector<std::string> Json::column(std::string_view pointer, std::string_view key) const {
  std::vector<std::string> texts;
  const simdjson::dom::array objects = document_->at(pointer).get_array().value();
  for (const element object : objects) texts.emplace_back(object.at_key(key).get_string().value());
  return texts;
}

std::string Json::minified(std::string_view pointer) const {
  return simdjson::minify(document_->at(pointer));
}

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

}  // namespace bulkdrop::test
