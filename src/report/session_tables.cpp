#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::string_view kColumns =
    "source,line,session_id,status,reason,http_status,error_code,message,attempts,first_sent_at,finished_at,"
    "duration_ms";

template <typename Integer>
void append_number(std::string& out, Integer value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

// A time as both tables show it; empty if there is none.
class TimeText {
 public:
  explicit TimeText(const std::optional<WallTime>& time) : is_there_(time.has_value()) {
    if (is_there_) rfc3339_to(*time, text_.data());
  }
  [[nodiscard]] std::string_view view() const {
    return is_there_ ? std::string_view(text_.data(), text_.size()) : std::string_view();
  }

 private:
  std::array<char, 24> text_{};
  bool is_there_;
};

// The table is looked at in terminals and spreadsheets, and holds what others wrote: nothing in it may move a
// cursor or hide text. Nearly every cell is plain.
void append_for_people(std::string& out, std::string_view value) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(value.begin(), value.end(), is_plain)) return append_csv_field(out, value);
  append_csv_field(out, printable(to_utf8(value)));
}

// Cells after the first: each brings the comma before it.
class CsvCells {
 public:
  explicit CsvCells(std::string& out) : out_(out) {}
  void text(std::string_view value) {
    out_ += ',';
    append_for_people(out_, value);
  }
  template <typename Integer>
  void number(Integer value, bool is_there = true) {
    out_ += ',';
    if (is_there) append_number(out_, value);
  }
  void time(const TimeText& value) {
    out_ += ',';
    out_ += value.view();
  }

 private:
  std::string& out_;
};

// Members after the first, likewise.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) {}
  void text(std::string_view name, std::string_view value) {
    key(name);
    if (value.empty()) {
      out_ += "null";
    } else {
      append_json_string(out_, value);
    }
  }
  template <typename Integer>
  void number(std::string_view name, Integer value, bool is_there = true) {
    key(name);
    if (is_there) {
      append_number(out_, value);
    } else {
      out_ += "null";
    }
  }
  void time(std::string_view name, const TimeText& value) {
    key(name);
    if (value.view().empty()) {
      out_ += "null";
    } else {
      out_ += '"';
      out_ += value.view();
      out_ += '"';
    }
  }

 private:
  void key(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  std::string& out_;
};

}  // namespace

struct SessionTables::Impl {
  explicit Impl(const std::string& directory)
      : csv(directory + "/sessions.csv"), json(directory + "/sessions.jsonl") {
    csv.buffer() += kColumns;
    csv.buffer() += "\r\n";
  }
  AtomicFile csv;
  AtomicFile json;
};

bool is_session_table(const std::vector<std::string>& columns) {
  return fmt::format("{}", fmt::join(columns, ",")) == kColumns;
}

bool is_session_line(std::string_view beginning) {
  if (!beginning.starts_with(R"({"source":)")) return false;
  constexpr std::array<std::string_view, 5> kMembers = {R"(,"line":)", R"(,"session_id":)", R"(,"status":)",
                                                        R"(,"reason":)", R"(,"http_status":)"};
  std::size_t at = 0;
  return std::all_of(kMembers.begin(), kMembers.end(), [&](std::string_view member) {
    at = beginning.find(member, at);
    return at != std::string_view::npos;
  });
}

SessionTables::SessionTables(const std::string& directory) : impl_(std::make_unique<Impl>(directory)) {}
SessionTables::~SessionTables() = default;

void SessionTables::add(const Row& row, std::string_view source_name, const Result& result) {
  const std::string_view id = row.session_id.empty() ? std::string_view(result.session_id) : row.session_id;
  const std::string_view message = result.message.empty() ? row.message : std::string_view(result.message);
  const bool has_http_status = result.http_status != 0;
  const std::int64_t error_code = result.error_code.value_or(0);
  const std::int64_t duration_ms = result.duration_ms.value_or(0);
  const TimeText first_sent_at(result.first_sent_at);
  const TimeText finished_at(result.finished_at);

  append_for_people(impl_->csv.buffer(), source_name);
  CsvCells cells(impl_->csv.buffer());
  cells.number(row.line);
  cells.text(id);
  cells.text(name(result.status));
  cells.text(name(result.reason));
  cells.number(result.http_status, has_http_status);
  cells.number(error_code, result.error_code.has_value());
  cells.text(message);
  cells.number(result.attempts);
  cells.time(first_sent_at);
  cells.time(finished_at);
  cells.number(duration_ms, result.duration_ms.has_value());
  impl_->csv.buffer() += "\r\n";
  impl_->csv.flush_if_large();

  impl_->json.buffer() += R"({"source":)";
  append_json_string(impl_->json.buffer(), source_name);
  JsonMembers members(impl_->json.buffer());
  members.number("line", row.line);
  members.text("session_id", id);
  members.text("status", name(result.status));
  members.text("reason", name(result.reason));
  members.number("http_status", result.http_status, has_http_status);
  members.number("error_code", error_code, result.error_code.has_value());
  members.text("message", message);
  members.number("attempts", result.attempts);
  members.time("first_sent_at", first_sent_at);
  members.time("finished_at", finished_at);
  members.number("duration_ms", duration_ms, result.duration_ms.has_value());
  impl_->json.buffer() += "}\n";
  impl_->json.flush_if_large();
}

void SessionTables::commit() {
  try {
    impl_->csv.commit();
  } catch (...) {
    impl_->json.commit();  // one is better than none
    throw;
  }
  impl_->json.commit();
}

}  // namespace bulkdrop::report
