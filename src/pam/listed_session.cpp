#include "bulkdrop/pam/listed_session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/server_time.hpp"

namespace bulkdrop::pam {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

using Member = std::string ListedSession::*;

struct Name {
  std::string_view folded;
  Member member;
};

// Without accents, white space, `_` and `-`, in lower case.
constexpr std::array kNames = {
    Name{"id", &ListedSession::id},
    Name{"codigo", &ListedSession::id},
    Name{"sessionid", &ListedSession::session_id},
    Name{"idsession", &ListedSession::session_id},
    Name{"iddasessao", &ListedSession::session_id},
    Name{"idsessao", &ListedSession::session_id},
    Name{"iddesesion", &ListedSession::session_id},
    Name{"idsesion", &ListedSession::session_id},
    Name{"user", &ListedSession::user},
    Name{"username", &ListedSession::user},
    Name{"usuario", &ListedSession::user},
    Name{"originip", &ListedSession::origin_ip},
    Name{"origin", &ListedSession::origin_ip},
    Name{"iporigem", &ListedSession::origin_ip},
    Name{"ipdeorigem", &ListedSession::origin_ip},
    Name{"origem", &ListedSession::origin_ip},
    Name{"iporigen", &ListedSession::origin_ip},
    Name{"ipdeorigen", &ListedSession::origin_ip},
    Name{"origen", &ListedSession::origin_ip},
    Name{"credential", &ListedSession::credential},
    Name{"credencial", &ListedSession::credential},
    Name{"device", &ListedSession::device},
    Name{"dispositivo", &ListedSession::device},
    Name{"protocol", &ListedSession::protocol},
    Name{"protocolo", &ListedSession::protocol},
    Name{"proxy", &ListedSession::proxy},
    Name{"start", &ListedSession::start},
    Name{"inicio", &ListedSession::start},
    Name{"end", &ListedSession::end},
    Name{"fim", &ListedSession::end},
    Name{"fin", &ListedSession::end},
    Name{"time", &ListedSession::time},
    Name{"tempo", &ListedSession::time},
    Name{"tiempo", &ListedSession::time},
    Name{"duration", &ListedSession::time},
    Name{"duracao", &ListedSession::time},
    Name{"duracion", &ListedSession::time},
};

constexpr std::array kMembers = {
    &ListedSession::id,        &ListedSession::session_id, &ListedSession::user,
    &ListedSession::origin_ip, &ListedSession::credential, &ListedSession::device,
    &ListedSession::protocol,  &ListedSession::proxy,      &ListedSession::start,
    &ListedSession::end,       &ListedSession::time};

// Null for a name that says nothing to us.
Member member_of(std::string_view name) {
  std::string text = folded(name);
  std::erase_if(text, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  const auto* const known = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const Name& candidate) { return candidate.folded == text; });
  return known == kNames.end() ? nullptr : known->member;
}

void take_text(std::string& out, element value) {
  switch (value.type()) {
    case element_type::NULL_VALUE:
      out.clear();
      return;
    case element_type::STRING:
      out.assign(std::string_view(value));
      return;
    default:
      out = simdjson::minify(value);
  }
}

constexpr int kFirstPlausibleYear = 2000;
constexpr int kLastPlausibleYear = 2999;

enum class End : std::uint8_t { nothing, time, odd };

End end_of(const ListedSession& session) {
  const std::string_view text = trimmed(session.end);
  // 0, 0000-00-00 00:00:00, 00:00:00, -, --
  if (text.find_first_not_of("0-:./T Z") == std::string_view::npos) return End::nothing;
  const auto written = parse_time(text);
  if (!written) return text == "null" || text == "false" ? End::nothing : End::odd;
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(written->clock));
  const bool plausible = date.year() >= std::chrono::year(kFirstPlausibleYear) &&
                         date.year() <= std::chrono::year(kLastPlausibleYear);
  return plausible ? End::time : End::nothing;
}

}  // namespace

Liveness liveness(const ListedSession& session) {
  return end_of(session) == End::time ? Liveness::ended : Liveness::active;
}

bool has_odd_end(const ListedSession& session) {
  return end_of(session) == End::odd;
}

bool has_usable_id(const ListedSession& session) {
  return is_sendable(session.session_id);
}

struct RecordReader::Impl {
  simdjson::dom::parser parser;
  // Records have the same members in the same order: what the nth name meant the last time.
  std::vector<std::pair<std::string, Member>> order;
  std::string converted;
  std::string value;

  Member member_at(std::size_t place, std::string_view name) {
    if (place < order.size() && order[place].first == name) return order[place].second;
    const Member member = member_of(name);
    constexpr std::size_t kMostRemembered = 64;
    if (place < order.size())
      order[place] = {std::string(name), member};
    else if (place == order.size() && place < kMostRemembered)
      order.emplace_back(name, member);
    return member;
  }

  simdjson::error_code parse(std::string_view text, element& out) {
    const auto error = parser.parse(text.data(), text.size(), false).get(out);
    if (error != simdjson::UTF8_ERROR) return error;
    // One name in an old encoding must not make a whole list useless.
    converted = to_utf8(text);
    const std::size_t size = converted.size();
    converted.append(kBodyPadding, ' ');
    return parser.parse(converted.data(), size, false).get(out);
  }
};

RecordReader::RecordReader() : impl_(std::make_unique<Impl>()) {}

RecordReader::~RecordReader() = default;

RecordReader::Outcome RecordReader::read(std::string_view text, ListedSession& session) {
  for (const Member member : kMembers) (session.*member).clear();
  element value;
  if (impl_->parse(text, value) != simdjson::SUCCESS) return Outcome::not_json;
  object record;
  if (value.get(record) != simdjson::SUCCESS) return Outcome::no_session;
  std::size_t place = 0;
  for (const auto field : record) {
    const Member member = impl_->member_at(place++, field.key);
    if (member == nullptr) continue;
    std::string& known = session.*member;
    if (known.empty()) {
      take_text(known, field.value);
      continue;
    }
    // Said twice, under the old and the new name: only of the ID does it matter whether they agree.
    if (member != &ListedSession::session_id) continue;
    take_text(impl_->value, field.value);
    if (!impl_->value.empty() && trimmed(impl_->value) != trimmed(known)) known += " / " + impl_->value;
  }
  if (const std::string_view id = trimmed(session.session_id); id.size() != session.session_id.size())
    session.session_id = std::string(id);
  return Outcome::session;
}

}  // namespace bulkdrop::pam
