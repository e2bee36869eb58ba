#include "bulkdrop/sandbox/session_text.hpp"

#include <array>
#include <ctime>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::sandbox {
namespace {

using Out = std::back_insert_iterator<std::string>;

struct Fields {
  std::string device;
  std::string origin;
  std::string user;
  std::string credential;
  std::string start;
  std::string end;  // empty while alive
  std::string time;
};

std::string address(std::uint32_t bits) {
  return fmt::format("{}.{}.{}.{}", bits >> 24, bits >> 16 & 255, bits >> 8 & 255, bits & 255);
}

std::string local_time(std::int64_t at) {
  const auto seconds = static_cast<std::time_t>(at);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Fields fields_of(const Session& session, std::int64_t now) {
  const std::int64_t until = session.ended_at != 0 ? session.ended_at : now;
  const std::int64_t took = until > session.started_at ? until - session.started_at : 0;
  return {fmt::format("{}:{}", address(session.device), access_of(session).port),
          address(session.origin),
          fmt::format("operator{:03}", session.user),
          fmt::format("usrdomadm{:02}", session.credential),
          local_time(session.started_at),
          session.ended_at != 0 ? local_time(session.ended_at) : std::string(),
          fmt::format("{:02}:{:02}:{:02}", took / 3600, took / 60 % 60, took % 60)};
}

struct Justification {
  std::string_view reason;
  std::string_view text;
};

// Some rows carry what makes a CSV reader earn its keep: the delimiter, quotes, letters outside ASCII.
constexpr std::array kJustifications = {
    Justification{"", ""},
    Justification{"Maintenance", "Planned maintenance, window 22:00; see the change calendar"},
    Justification{"Incident", "Service \"billing\" does not answer"},
    Justification{"Manutenção", "Atualização do sistema"},
};

// With the comma in front. Empty: no such member.
std::string end_member(const std::string& end, OpenEnd open) {
  if (!end.empty()) return fmt::format(R"(,"end":"{}")", end);
  switch (open) {
    case OpenEnd::null:
      return R"(,"end":null)";
    case OpenEnd::absent:
      return {};
    case OpenEnd::zeros:
      return R"(,"end":"0000-00-00 00:00:00")";
    case OpenEnd::empty:
      break;
  }
  return R"(,"end":"")";
}

}  // namespace

void append_record(std::string& out, const SessionTable& table, std::uint32_t index, std::int64_t now,
                   const RecordStyle& style) {
  const Session& session = table.at(index);
  const Fields fields = fields_of(session, now);
  fmt::format_to(Out(out),
                 R"({{"id":"{}","user":"{}","origin_ip":"{}","{}":"{}","{}":"{}","protocol":"{}",)"
                 R"("proxy":"{}","session_id":"{}","start":"{}"{},"time":"{}","prevent_purge":"No",)"
                 R"("request":null,"ITSM":null}})",
                 index + 1, fields.user, fields.origin, style.old_names ? "credencial" : "credential",
                 fields.credential, style.old_names ? "dispositivo" : "device", fields.device,
                 access_of(session).protocol, access_of(session).proxy, session.id(), fields.start,
                 end_member(fields.end, style.open_end), fields.time);
}

void append_csv_heading(std::string& out) {
  out +=
      "ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason,Justification\r\n";
}

void append_csv_row(std::string& out, const SessionTable& table, std::uint32_t index, std::int64_t now) {
  const Session& session = table.at(index);
  const Fields fields = fields_of(session, now);
  const Justification& why = kJustifications[index % kJustifications.size()];
  fmt::format_to(Out(out), "{},{},{},{},{},{},{},{},{},{},{},{},", index + 1, session.id(), fields.credential,
                 fields.device, fields.user, fields.origin, access_of(session).protocol,
                 access_of(session).proxy, fields.start, fields.end, fields.time, why.reason);
  append_csv_field(out, why.text);
  out += "\r\n";
}

void write_export(const SessionTable& table, const std::string& path, std::int64_t now) {
  bool json_lines = false;
  for (const std::string_view ending : {".jsonl", ".ndjson", ".json"}) json_lines |= path.ends_with(ending);
  AtomicFile file(path);
  if (!json_lines) append_csv_heading(file.buffer());
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (json_lines) {
      append_record(file.buffer(), table, i, now);
      file.buffer() += '\n';
    } else {
      append_csv_row(file.buffer(), table, i, now);
    }
    file.flush_if_large();
  }
  file.commit();
}

}  // namespace bulkdrop::sandbox
