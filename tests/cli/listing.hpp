// What the tests of `bulkdrop list` share: how it is started, and its output taken apart.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/dropping.hpp"
#include "support/scripted_server.hpp"
#include <simdjson.h>

namespace bulkdrop::test {

inline Command list(const TempDir& directory, const Words& words) {
  return bulkdrop(directory, Words{"list"} + words);
}

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.emplace_back(text.substr(at, end - at));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return lines;
}

// The field of that name in each line of JSON.
inline std::vector<std::string> column(std::string_view jsonl, const std::string& name) {
  std::vector<std::string> values;
  simdjson::dom::parser parser;
  for (const std::string& line : lines_of(jsonl))
    values.emplace_back(std::string_view(parser.parse(line)[name]));
  return values;
}

inline std::set<std::string> set_of(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

// A server that answers every request for a list with this.
inline ScriptedServer listing(const std::string& body) {
  return ScriptedServer([body](ScriptedServer::Connection& connection, const ScriptedServer::Request&) {
    connection.answer(200, body, "Content-Type: application/json\r\n");
  });
}

inline Words at(const ScriptedServer& server, const TempDir& here) {
  return {"--url", server.url(""), "--token-file", here.file("token", "a-token")};
}

}  // namespace bulkdrop::test
