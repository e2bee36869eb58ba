#include "cli/listing.hpp"

#include "support/json.hpp"

namespace bulkdrop::test {

Command list(const TempDir& directory, const Words& words) {
  return bulkdrop(directory, Words{"list"} + words);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.emplace_back(text.substr(at, end - at));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return lines;
}

std::vector<std::string> column(std::string_view jsonl, const std::string& name) {
  std::vector<std::string> values;
  for (const std::string& line : lines_of(jsonl)) values.push_back(Json(line).text("/" + name));
  return values;
}

std::set<std::string> set_of(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

ScriptedServer listing(const std::string& body) {
  return ScriptedServer([body](ScriptedServer::Connection& connection, const ScriptedServer::Request&) {
    connection.answer(200, body, "Content-Type: application/json\r\n");
  });
}

Words at(const ScriptedServer& server, const TempDir& here) {
  return {"--url", server.url(""), "--token-file", here.file("token", "a-token")};
}

}  // namespace bulkdrop::test
