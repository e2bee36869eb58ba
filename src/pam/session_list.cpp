#include "bulkdrop/pam/session_list.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kList = "remote_sessions";

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The members by which the Judge tells success from failure; others, however long, are none of its business.
bool matters(std::string_view key) {
  constexpr std::array<std::string_view, 10> kKeys = {"response", "code",      "message",   "error",
                                                      "erro",     "errors",    "exception", "erros",
                                                      "cod_erro", "error_code"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() || key == "error_description";
}

}  // namespace

SessionListReader::SessionListReader(Take take) : take_(std::move(take)) {}

bool SessionListReader::feed(std::string_view chunk) {
  if (!problem_.empty()) return false;
  make_room();
  if (buffer_.size() < filled_ + chunk.size() + kBodyPadding)
    buffer_.resize(std::max(2 * buffer_.size(), filled_ + chunk.size() + kBodyPadding));
  std::memcpy(buffer_.data() + filled_, chunk.data(), chunk.size());
  filled_ += chunk.size();
  Step next = Step::go_on;
  while (next == Step::go_on) next = step();
  return next != Step::broken;
}

// Forgets what has been read.
void SessionListReader::make_room() {
  const std::size_t done = in_value_ ? value_start_ : position_;
  std::memmove(buffer_.data(), buffer_.data() + done, filled_ - done);
  filled_ -= done;
  position_ -= done;
  value_start_ = 0;
  dropped_ += done;
}

bool SessionListReader::finish() {
  if (!problem_.empty()) return false;
  if (place_ == Place::before_document) {
    foreign_ = true;
    fail("an empty answer");
    return false;
  }
  if (place_ != Place::after_document) {
    fail(fmt::format("the answer ends before its end; sessions until there: {}", grouped(sessions_)));
    return false;
  }
  return check_envelope();
}

std::string_view SessionListReader::refusal() const {
  return std::string_view(envelope_).substr(0, envelope_size_);
}

SessionListReader::Step SessionListReader::fail(const std::string& what) {
  if (problem_.empty()) problem_ = fmt::format("{} (byte {} of the answer)", what, offset());
  return Step::broken;
}

SessionListReader::Step SessionListReader::expected(std::string_view what) {
  const std::size_t size = std::min<std::size_t>(filled_ - position_, 40);
  return fail(fmt::format("{} was expected, not: {}", what,
                          printable(std::string_view(buffer_).substr(position_, size))));
}

void SessionListReader::skip_mark() {
  const std::string_view text = std::string_view(buffer_).substr(0, filled_);
  if (filled_ < kMark.size() && kMark.starts_with(text)) return;  // perhaps
  if (text.starts_with(kMark)) position_ = kMark.size();
  mark_done_ = true;
}

SessionListReader::Step SessionListReader::step() {
  if (!mark_done_) {
    skip_mark();
    if (!mark_done_) return Step::need_more;
  }
  if (in_value_) {
    switch (place_) {
      case Place::first_key:
      case Place::key:
        return read_key();
      case Place::value:
        return read_member();
      default:
        return read_record();
    }
  }
  while (position_ < filled_ && is_space(buffer_[position_])) ++position_;
  if (position_ == filled_) return Step::need_more;
  const char c = buffer_[position_];
  switch (place_) {
    case Place::before_document:
      return begin_document(c);
    case Place::first_key:
      if (c == '}') return close(Place::after_document);
      [[fallthrough]];
    case Place::key:
      if (c != '"') return expected("the name of a member");
      break;
    case Place::colon:
      if (c != ':') return expected("a colon");
      return close(Place::value);
    case Place::value:
      if (key_ == kList) return begin_value(c);
      break;
    case Place::after_value:
      if (c == ',') return close(Place::key);
      if (c == '}') return close(Place::after_document);
      return expected("a comma or the end of the object");
    case Place::first_record:
    case Place::record:
    case Place::after_record:
      return in_list(c);
    case Place::after_document:
      return expected("the end of the answer");
  }
  return begin_scan();
}

SessionListReader::Step SessionListReader::begin_scan() {
  in_value_ = true;
  value_start_ = position_;
  scanner_.restart();
  return Step::go_on;
}

// Goes on behind a character that has done its work.
SessionListReader::Step SessionListReader::close(Place next) {
  ++position_;
  place_ = next;
  return Step::go_on;
}

SessionListReader::Step SessionListReader::begin_document(char c) {
  if (c == '{') {
    in_object_ = true;
    envelope_ = "{";
    return close(Place::first_key);
  }
  if (c == '[') {
    has_list_ = true;
    return close(Place::first_record);
  }
  foreign_ = true;
  return expected("JSON");
}

SessionListReader::Step SessionListReader::begin_value(char c) {
  if (has_list_) return fail("remote_sessions stands there twice");
  has_list_ = true;
  if (c == '[') return close(Place::first_record);
  null_list_ = true;  // or nothing that we know: read_member() will see
  return begin_scan();
}

SessionListReader::Step SessionListReader::in_list(char c) {
  if (place_ == Place::after_record) {
    if (c == ',') return close(Place::record);
    if (c != ']') return expected("a comma or the end of the list");
  }
  if (c == ']' && place_ != Place::record)
    return close(in_object_ ? Place::after_value : Place::after_document);
  return begin_scan();
}

SessionListReader::Step SessionListReader::whole_value(std::string_view& text) {
  const std::string_view known = std::string_view(buffer_).substr(0, filled_);
  const JsonScanner::Step found = scanner_.scan(known, position_);
  if (found == JsonScanner::Step::broken) return expected("another bracket, or fewer of them,");
  if (position_ - value_start_ > kMaxRecordBytes) {
    position_ = value_start_;
    return fail(fmt::format("something longer than {} bytes", grouped(kMaxRecordBytes)));
  }
  if (found == JsonScanner::Step::need_more) return Step::need_more;
  text = known.substr(value_start_, position_ - value_start_);
  in_value_ = false;
  return Step::go_on;
}

SessionListReader::Step SessionListReader::read_key() {
  std::string_view text;
  if (const Step step = whole_value(text); step != Step::go_on) return step;
  simdjson::dom::parser parser;
  std::string_view name;
  if (parser.parse(text.data(), text.size(), false).get(name) != simdjson::SUCCESS) {
    position_ = value_start_;
    return expected("the name of a member");
  }
  key_.assign(name);
  place_ = Place::colon;
  return Step::go_on;
}

SessionListReader::Step SessionListReader::read_member() {
  std::string_view text;
  if (const Step step = whole_value(text); step != Step::go_on) return step;
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  if (const auto error = parser.parse(text.data(), text.size(), false).get(value);
      error != simdjson::SUCCESS && error != simdjson::UTF8_ERROR) {
    position_ = value_start_;
    return expected("a value");
  } else if (key_ == kList && (error != simdjson::SUCCESS || !value.is_null())) {
    position_ = value_start_;
    return expected("the list of sessions, which is an array,");
  }
  if (matters(key_)) {
    // Some servers write the number as a string.
    if (key_ == "code" && text == "\"200\"") text = "200";
    if (envelope_.size() + text.size() > kMaxBodyBytes)
      return fail(fmt::format("a long answer around the list, more than {} bytes", grouped(kMaxBodyBytes)));
    if (envelope_.size() > 1) envelope_ += ',';
    append_json_string(envelope_, key_);
    envelope_ += ':';
    envelope_ += to_utf8(text);
  }
  key_.clear();
  place_ = Place::after_value;
  return Step::go_on;
}

SessionListReader::Step SessionListReader::read_record() {
  std::string_view text;
  if (const Step step = whole_value(text); step != Step::go_on) return step;
  switch (records_.read(text, session_)) {
    case RecordReader::Outcome::session:
      ++sessions_;
      take_(session_);
      break;
    case RecordReader::Outcome::no_session:
      ++unreadable_;
      break;
    case RecordReader::Outcome::not_json:
      position_ = value_start_;
      return expected(fmt::format("record {} of the list", grouped(sessions_ + unreadable_ + 1)));
  }
  place_ = Place::after_record;
  return Step::go_on;
}

// What stands around the list must not say that there is none.
bool SessionListReader::check_envelope() {
  if (!in_object_) return true;
  envelope_ += '}';
  envelope_size_ = envelope_.size();
  envelope_.append(kBodyPadding, ' ');
  const Envelope& said = envelopes_.read(refusal());
  const bool failure = said.shape == Shape::contradictory || said.shape == Shape::not_json || !said.clean ||
                       said.error == true || said.status.value_or(200) != 200 ||
                       said.error_code.value_or(0) != 0 || said.code.value_or(200) != 200;
  const bool missing = !has_list_ || (null_list_ && said.shape != Shape::envelope);
  if (failure || missing) {
    const std::string words = printable(said.message);
    fail(failure ? labelled("the answer is an error", words)
                 : labelled("the answer holds no remote_sessions", words));
    return false;
  }
  envelope_.clear();
  envelope_size_ = 0;
  return true;
}

}  // namespace bulkdrop::pam
