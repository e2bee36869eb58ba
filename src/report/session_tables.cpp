#include <array>

#include <fmt/format.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::string_view kCsvHeader =
    "source,line,session_id,status,reason,http_status,error_code,message,attempts,first_sent_at,finished_at,"
    "duration_ms\r\n";

template <typename Integer>
void append_number(std::string& out, Integer value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

void append_time(std::string& out, WallTime time) {
  std::array<char, 24> text{};
  rfc3339_to(time, text.data());
  out.append(text.data(), text.size());
}

// Cells after the first: each brings the comma before it.
class CsvCells {
 public:
  explicit CsvCells(std::string& out) : out_(out) {}
  void text(std::string_view value) {
    out_ += ',';
    append_csv_field(out_, value);
  }
  template <typename Integer>
  void number(const std::optional<Integer>& value) {
    out_ += ',';
    if (value) append_number(out_, *value);
  }
  void time(const std::optional<WallTime>& value) {
    out_ += ',';
    if (value) append_time(out_, *value);
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
  void number(std::string_view name, const std::optional<Integer>& value) {
    key(name);
    if (value) {
      append_number(out_, *value);
    } else {
      out_ += "null";
    }
  }
  void time(std::string_view name, const std::optional<WallTime>& value) {
    key(name);
    if (value) {
      out_ += '"';
      append_time(out_, *value);
      out_ += '"';
    } else {
      out_ += "null";
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
    csv.buffer() += kCsvHeader;
  }
  AtomicFile csv;
  AtomicFile json;
};

SessionTables::SessionTables(const std::string& directory) : impl_(std::make_unique<Impl>(directory)) {}
SessionTables::~SessionTables() = default;

void SessionTables::add(const Row& row, std::string_view source_name, const Result& result) {
  const std::string_view id = row.session_id.empty() ? std::string_view(result.session_id) : row.session_id;
  const std::string_view message = result.message.empty() ? row.message : std::string_view(result.message);
  const std::optional<int> http_status =
      result.http_status != 0 ? std::optional(result.http_status) : std::nullopt;
  const std::optional<int> attempts = result.attempts;
  const std::optional<std::uint64_t> line = row.line;

  append_csv_field(impl_->csv.buffer(), source_name);
  CsvCells cells(impl_->csv.buffer());
  cells.number(line);
  cells.text(id);
  cells.text(name(result.status));
  cells.text(name(result.reason));
  cells.number(http_status);
  cells.number(result.error_code);
  cells.text(message);
  cells.number(attempts);
  cells.time(result.first_sent_at);
  cells.time(result.finished_at);
  cells.number(result.duration_ms);
  impl_->csv.buffer() += "\r\n";
  impl_->csv.flush_if_large();

  impl_->json.buffer() += R"({"source":)";
  append_json_string(impl_->json.buffer(), source_name);
  JsonMembers members(impl_->json.buffer());
  members.number("line", line);
  members.text("session_id", id);
  members.text("status", name(result.status));
  members.text("reason", name(result.reason));
  members.number("http_status", http_status);
  members.number("error_code", result.error_code);
  members.text("message", message);
  members.number("attempts", attempts);
  members.time("first_sent_at", result.first_sent_at);
  members.time("finished_at", result.finished_at);
  members.number("duration_ms", result.duration_ms);
  impl_->json.buffer() += "}\n";
  impl_->json.flush_if_large();
}

void SessionTables::commit() {
  impl_->csv.commit();
  impl_->json.commit();
}

}  // namespace bulkdrop::report
