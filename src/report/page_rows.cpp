#include "bulkdrop/report/page_rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/markup.hpp"

namespace bulkdrop::report {
namespace {

// In the order of the table. The data has the same names.
enum Place : std::size_t {
  kId,
  kStatus,
  kReason,
  kUser,
  kCredential,
  kDevice,
  kOrigin,
  kProtocol,
  kStart,
  kOriginal,
  kMessage,
  kAttempts,
  kSent,
  kFinished,
  kRow,
};

struct Column {
  std::string_view key;
  std::string_view title;
};

constexpr std::array<Column, 15> kTable = {{{"id", "Session"},
                                            {"status", "Status"},
                                            {"reason", "Reason"},
                                            {"user", "User"},
                                            {"credential", "Credential"},
                                            {"device", "Device"},
                                            {"origin", "From"},
                                            {"protocol", "Protocol"},
                                            {"start", "Since"},
                                            {"original", "Input"},
                                            {"message", "What was said"},
                                            {"attempts", "Requests"},
                                            {"sent", "First sent"},
                                            {"finished", "Settled"},
                                            {"row", "Row"}}};

constexpr std::string_view kDataColumns =
    R"(["source","line","id","status","reason","http","message","request","attempts","sent","finished","user",)"
    R"("credential","device","origin","protocol","start","original"])";

constexpr std::size_t kMostTextBytes = 160;
constexpr std::size_t kMostTexts = 8192;
constexpr std::size_t kMostTextsBytes = 512 * 1024;
constexpr std::size_t kFlushBytes = 256 * 1024;
constexpr std::size_t kTimeFrom = 11;  // of `2026-11-21T03:04:05.678Z`
constexpr std::size_t kTimeBytes = 12;
constexpr std::size_t kMonthFrom = 5;
constexpr std::size_t kDayBytes = 5;

void append_number(std::string& out, std::int64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

// `03:04:05.678`, with month and day in front on another day than the run began.
std::string clock_text(WallTime time, WallTime started_at) {
  const std::string text = rfc3339(time);
  const std::string began = rfc3339(started_at);
  std::string shown;
  if (text.substr(0, kTimeFrom) != began.substr(0, kTimeFrom)) {
    shown = text.substr(kMonthFrom, kDayBytes);
    shown += ' ';
  }
  return shown + text.substr(kTimeFrom, kTimeBytes);
}

// Cut short as it will be shown.
std::string fit(std::string_view text) {
  return shortened(printable(text.substr(0, 4 * kMostTextBytes)), kMostTextBytes);
}

std::string said(const Result& result, std::string_view message) {
  std::string text(message);
  if (result.http_status != 0)
    text += fmt::format("{}HTTP {}", text.empty() ? "" : " · ", result.http_status);
  if (!result.request_id.empty()) text += fmt::format(" · X-Request-Id {}", result.request_id);
  return text;
}

}  // namespace

PageRows::PageRows(std::string directory, WallTime started_at)
    : directory_(std::move(directory)), started_at_(started_at) {
  for (const Place always : {kId, kStatus, kReason, kRow}) used_[always] = true;
}

void PageRows::add(const Row& row, const Result& result, const Particulars& particulars) {
  if (++count_ > kMostPageRows) return;
  const std::string_view id = row.session_id.empty() ? std::string_view(result.session_id) : row.session_id;
  const std::string_view message = result.message.empty() ? row.message : std::string_view(result.message);
  note_columns(result, particulars, message);
  if (plain_.size() < kPlainPageRows) keep_plain(row, result, particulars, id, message);
  std::string& out = buffer_;
  out += count_ == 1 ? "\n[" : ",\n[";
  append_number(out, row.source);
  out += ',';
  append_number(out, static_cast<std::int64_t>(row.line));
  out += ',';
  append_script_string(out, id);
  out += ',';
  append_number(out, static_cast<std::int64_t>(result.status));
  out += ',';
  append_number(out, static_cast<std::int64_t>(result.reason));
  out += ',';
  append_number(out, result.http_status);
  out += ',';
  // What the list says of a session that is alive is said of that one alone.
  if (result.reason == Reason::still_alive) {
    append_script_string(out, message);
  } else {
    append_text(message);
  }
  out += ',';
  append_script_string(out, result.request_id);
  out += ',';
  append_number(out, result.attempts);
  for (const auto& time : {result.first_sent_at, result.finished_at}) {
    out += ',';
    if (time) {
      append_number(out, (*time - started_at_).count());
    } else {
      out += "null";
    }
  }
  for (const std::string* text :
       {&particulars.user, &particulars.credential, &particulars.device, &particulars.origin,
        &particulars.protocol, &particulars.start, &particulars.original}) {
    out += ',';
    append_text(fit(*text));
  }
  out += ']';
  if (out.size() < kFlushBytes) return;
  if (!file_) file_ = anonymous_file(directory_);
  write_all(file_.get(), out, directory_);
  out.clear();
}

// Its number, or itself where it is one of too many.
void PageRows::append_text(std::string_view text) {
  if (text.empty()) {
    buffer_ += "\"\"";
    return;
  }
  auto known = numbers_.find(std::string(text));
  if (known == numbers_.end() && texts_.size() < kMostTexts && text_bytes_ + text.size() <= kMostTextsBytes) {
    known = numbers_.emplace(text, texts_.size()).first;
    text_bytes_ += text.size();
    texts_.emplace_back(text);
  }
  if (known == numbers_.end()) return append_script_string(buffer_, text);
  append_number(buffer_, static_cast<std::int64_t>(known->second));
}

void PageRows::note_columns(const Result& result, const Particulars& particulars, std::string_view message) {
  const auto use = [&](Place place, bool used) { used_[place] = used_[place] || used; };
  use(kUser, !particulars.user.empty());
  use(kCredential, !particulars.credential.empty());
  use(kDevice, !particulars.device.empty());
  use(kOrigin, !particulars.origin.empty());
  use(kProtocol, !particulars.protocol.empty());
  use(kStart, !particulars.start.empty());
  use(kOriginal, !particulars.original.empty());
  use(kMessage, !message.empty() || result.http_status != 0);
  use(kAttempts, result.attempts > 0);
  use(kSent, result.first_sent_at.has_value());
  use(kFinished, result.finished_at.has_value());
}

void PageRows::keep_plain(const Row& row, const Result& result, const Particulars& particulars,
                          std::string_view id, std::string_view message) {
  Plain& plain = plain_.emplace_back();
  plain.source = row.source;
  plain.line = row.line;
  const auto set = [&](Place place, std::string_view text) { append_html(plain.cells[place], text); };
  set(kId, id);
  plain.cells[kStatus] = fmt::format(R"(<span class="tag s-{0}">{0}</span>)", name(result.status));
  set(kReason, name(result.reason));
  set(kUser, fit(particulars.user));
  set(kCredential, fit(particulars.credential));
  set(kDevice, fit(particulars.device));
  set(kOrigin, fit(particulars.origin));
  set(kProtocol, fit(particulars.protocol));
  set(kStart, fit(particulars.start));
  set(kOriginal, fit(particulars.original));
  set(kMessage, said(result, message));
  set(kAttempts, std::to_string(result.attempts));
  if (result.first_sent_at) set(kSent, clock_text(*result.first_sent_at, started_at_));
  if (result.finished_at) set(kFinished, clock_text(*result.finished_at, started_at_));
}

void PageRows::append_table(std::string& out, const std::vector<std::string>& sources) const {
  out += "<thead><tr>";
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (used_[i])
      out += fmt::format(R"(<th scope="col" class="c-{0}" data-column="{0}">{1}</th>)", kTable[i].key,
                         kTable[i].title);
  out += "</tr></thead>\n<tbody>\n";
  for (const Plain& plain : plain_) {
    out += "<tr>";
    for (std::size_t i = 0; i < kTable.size(); ++i) {
      if (!used_[i]) continue;
      out += fmt::format(R"(<td class="c-{}">)", kTable[i].key);
      if (i == kRow) {
        append_html(out, fmt::format("{}:{}", sources[plain.source], plain.line));
      } else {
        out += plain.cells[i];
      }
      out += "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n";
}

void PageRows::append_data(AtomicFile& file, const std::vector<std::string>& sources) const {
  std::string& out = file.buffer();
  const auto list = [&](std::string_view key, const auto& texts, const auto& text_of) {
    out += fmt::format("\"{}\":[", key);
    bool first = true;
    for (const auto& entry : texts) {
      if (!std::exchange(first, false)) out += ',';
      append_script_string(out, text_of(entry));
    }
    out += "],\n";
  };
  const auto itself = [](const std::string& text) -> std::string_view { return text; };
  out += fmt::format("{{\"start\":{},\"rows_in_all\":{},\"columns\":{},\n",
                     started_at_.time_since_epoch().count(), count_, kDataColumns);
  list("statuses", kAllStatuses, [](Status status) { return name(status); });
  list("reasons", all_reasons(), [](const ReasonInfo& reason) { return reason.name; });
  list("causes", all_reasons(), [](const ReasonInfo& reason) { return reason.cause; });
  list("sources", sources, itself);
  list("texts", texts_, itself);
  out += "\"rows\":[";
  if (file_) {
    std::string piece(kFlushBytes, '\0');
    for (std::uint64_t at = 0;; at += piece.size()) {
      piece.resize(read_at(file_.get(), piece.data(), piece.size(), at, directory_));
      if (piece.empty()) break;
      out += piece;
      file.flush_if_large();
    }
  }
  out += buffer_;
  out += "\n]}";
  file.flush_if_large();
}

}  // namespace bulkdrop::report
