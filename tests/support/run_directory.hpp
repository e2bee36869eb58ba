// A run directory as a user finds it afterwards: sessions.csv, summary.json, and who may read them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/json.hpp"
#include "support/temp_dir.hpp"

namespace bulkdrop::test {

inline constexpr std::string_view kSessionColumns =
    "source,line,session_id,status,reason,http_status,error_code,message,attempts,first_sent_at,finished_at,"
    "duration_ms";

struct SessionRow {
  std::string source;
  std::uint64_t line = 0;
  std::string session_id;
  std::string status;
  std::string reason;
  std::string http_status;  // empty = none
  std::string error_code;   // likewise
  std::string message;
  std::uint64_t attempts = 0;
  std::string first_sent_at;
  std::string finished_at;
  std::string duration_ms;
};

std::vector<SessionRow> read_sessions(const std::string& path);

class RunDirectory {
 public:
  explicit RunDirectory(std::string path);

  // The only run directory with a name of the program's own choice in `directory`; throws if there are more.
  static RunDirectory only_one_in(const std::string& directory);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] const std::vector<SessionRow>& rows() const { return rows_; }
  [[nodiscard]] const std::string& summary_text() const { return summary_text_; }
  [[nodiscard]] const Json& summary() const { return summary_; }
  // Of the summary's members, by JSON pointer, such as `/requests/sent`; the text "null" if it is null.
  [[nodiscard]] std::uint64_t number(std::string_view pointer) const { return summary_.number(pointer); }
  [[nodiscard]] bool flag(std::string_view pointer) const { return summary_.flag(pointer); }
  [[nodiscard]] std::string text(std::string_view pointer) const;
  [[nodiscard]] std::uint64_t count(std::string_view status) const;
  // The same from the rows themselves.
  [[nodiscard]] std::map<std::string, std::uint64_t> row_counts() const;

 private:
  std::string path_;
  std::vector<SessionRow> rows_;
  std::string summary_text_;
  Json summary_;
};

unsigned mode_of(const std::string& path);

}  // namespace bulkdrop::test
