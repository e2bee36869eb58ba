#include "bulkdrop/run/notes.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::run {
namespace {

using simdjson::dom::element;

std::string text(element json, std::string_view pointer) {
  return std::string(json.at_pointer(pointer).get_string().value());
}

std::uint64_t number(element json, std::string_view pointer) {
  return json.at_pointer(pointer).get_uint64().value();
}

WallTime time(element json, std::string_view pointer) {
  const auto read = record::parse_rfc3339(text(json, pointer));
  if (!read) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  return *read;
}

bool is_null(element json, std::string_view pointer) {
  return json.at_pointer(pointer).value().is_null();
}

report::Verified verified_of(element json) {
  report::Verified verified;
  verified.at = time(json, "/at");
  verified.listed = number(json, "/listed");
  verified.ended = number(json, "/ended");
  verified.still_alive = number(json, "/still_alive");
  verified.not_listed = number(json, "/not_listed");
  const simdjson::dom::array alive = json.at_pointer("/alive").get_array().value();
  for (const element session : alive)
    verified.alive.push_back({text(session, "/session_id"), text(session, "/who")});
  return verified;
}

report::Watched watched_of(element json) {
  report::Watched watched;
  watched.from = time(json, "/from");
  if (!is_null(json, "/until")) watched.until = time(json, "/until");
  watched.complete = json.at_pointer("/complete").get_bool().value();
  watched.lists = number(json, "/lists");
  watched.sessions_lost = number(json, "/sessions_lost");
  watched.users_lost = number(json, "/users_lost");
  watched.user_unknown = number(json, "/user_unknown");
  watched.users = number(json, "/users_reconnected");
  watched.sessions = number(json, "/reconnected");
  watched.alive = number(json, "/alive");
  const simdjson::dom::array first = json.at_pointer("/first").get_array().value();
  for (const element session : first) {
    report::Reconnection& shown = watched.shown.emplace_back();
    shown.session_id = text(session, "/session_id");
    shown.user = text(session, "/user");
    shown.credential = text(session, "/credential");
    shown.device = text(session, "/device");
    shown.origin_ip = text(session, "/origin_ip");
    shown.protocol = text(session, "/protocol");
    shown.start = text(session, "/start");
    shown.seen_at = time(session, "/seen_at");
    shown.ended = session.at_pointer("/ended").get_bool().value();
  }
  return watched;
}

// What `read` makes of the note of that kind, if there is one.
template <typename Read>
auto read_note(const record::JournalReader& journal, std::string_view kind, Read&& read)
    -> std::optional<decltype(read(element()))> {
  const auto json = journal.note(kind);
  if (!json) return std::nullopt;
  simdjson::dom::parser parser;
  try {
    return read(parser.parse(*json).value());
  } catch (const simdjson::simdjson_error&) {
    throw Error(ExitCode::run_directory,
                std::string("the journal has a note that this version cannot read: ").append(kind));
  }
}

}  // namespace

std::optional<report::Verified> verified_note(const record::JournalReader& journal) {
  return read_note(journal, kVerifiedNote, verified_of);
}

std::optional<report::Watched> watched_note(const record::JournalReader& journal) {
  return read_note(journal, kWatchedNote, watched_of);
}

std::string unverified_json(const Unverified& unverified) {
  std::string json = fmt::format(R"({{"at":"{}","why":)", rfc3339(unverified.at));
  append_json_string(json, unverified.why);
  return json + fmt::format(R"(,"active_once":{}}})", unverified.active_once);
}

std::optional<Unverified> unverified_note(const record::JournalReader& journal) {
  return read_note(journal, kUnverifiedNote, [](element json) {
    Unverified unverified{time(json, "/at"), text(json, "/why")};
    // Notes of before did not have it.
    if (json.at_pointer("/active_once").error() == simdjson::SUCCESS)
      unverified.active_once = number(json, "/active_once");
    return unverified;
  });
}

std::string rows_json(std::uint64_t rows) {
  return fmt::format(R"({{"rows":{}}})", rows);
}

std::optional<std::uint64_t> rows_note(const record::JournalReader& journal) {
  return read_note(journal, kRowsNote, [](element json) { return number(json, "/rows"); });
}

std::string login_json(const Login& login) {
  std::string json = R"({"options":[)";
  for (const auto& [name, value] : login.options) {
    if (json.back() == ']') json += ',';
    json += '[';
    append_json_string(json, name);
    json += ',';
    append_json_string(json, value);
    json += ']';
  }
  json += fmt::format(R"(],"part":{},"before":[)", login.part);
  for (const std::string& account : login.before) {
    if (&account != login.before.data()) json += ',';
    append_json_string(json, account);
  }
  return json + "]}";
}

std::optional<Login> login_note(const record::JournalReader& journal) {
  return read_note(journal, kLoginNote, [](element json) {
    Login login;
    const simdjson::dom::array options = json.at_pointer("/options").get_array().value();
    for (const element option : options) login.options.emplace_back(text(option, "/0"), text(option, "/1"));
    // Notes of before did not have these.
    if (simdjson::dom::array before;
        json.at_pointer("/before").get_array().get(before) == simdjson::SUCCESS) {
      login.part = number(json, "/part");
      for (const element account : before) login.before.emplace_back(account.get_string().value());
    }
    return login;
  });
}

RecordedOptions last_options(const record::RunRecord& run, const record::JournalReader& journal) {
  const auto login = login_note(journal);
  return login ? with_login(run.options, login->options) : run.options;
}

}  // namespace bulkdrop::run
