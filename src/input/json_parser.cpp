#include "bulkdrop/input/json_parser.hpp"

#include <algorithm>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::string_view kList = "remote_sessions";
constexpr const char* kCutOff = "the document ends in the middle; was the download cut off? Get it again";

constexpr std::size_t kBeginningBytes = 8 * 1024;  // of the first record, for whoever wants to know it again

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// What the first line of an object says that goes over several.
constexpr const char* over_lines(std::string_view line) {
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line == "{" || line == "["
             ? "; it goes over several lines: write one object a line (`jq -c`), or use "
               "--format json"
             : "";
}

}  // namespace

bool JsonLinesParser::next(Row& row) {
  Line line;
  while (input_.lines.peek(line)) {
    if (line.too_long) {
      place(row, line.offset, line.number, line.text);
      refuse_too_long(row, "line");
      input_.lines.take();
      return true;
    }
    input_.lines.take();
    if (std::all_of(line.text.begin(), line.text.end(), is_space)) continue;
    place(row, line.offset, line.number, line.text);
    if (input_.info.first_record.empty()) input_.info.first_record = line.text.substr(0, kBeginningBytes);
    auto finding = records_.read(line.text, line.number);
    if (finding.reason == Reason::ok) {
      identify(row, finding.id, finding.members);
    } else {
      if (finding.reason == Reason::malformed_row && ends_without_line_end(row))
        note_cut_off(row, "the last line is no whole JSON value and has no line end");
      refuse(row, finding.reason,
             std::move(finding.message) + (input_.options.protect_list ? "" : over_lines(line.text)));
    }
    return true;
  }
  records_.finish();
  return false;
}

void JsonDocumentParser::release() {
  input_.lines.take(position_);
  position_ = 0;
  whole_ = false;
}

char JsonDocumentParser::token() {
  for (;;) {
    const auto rest = input_.source().rest();
    while (position_ < rest.size() && is_space(rest[position_])) ++position_;
    if (position_ < rest.size()) return rest[position_] == '\0' ? '\x01' : rest[position_];
    if (!whole_ || position_ > kMaxRecordBytes) release();
    if (!input_.source().more()) return '\0';
  }
}

bool JsonDocumentParser::scan_value() {
  scanner_.restart();
  for (;;) {
    const auto step = scanner_.scan(input_.source().rest(), position_);
    if (step == JsonScanner::Step::done) return true;
    if (step == JsonScanner::Step::broken) {
      damage_ = "a closing bracket does not fit the one that was opened, or too many are open";
      return false;
    }
    if (whole_ && growing_ != nullptr && position_ > kMaxRecordBytes) {
      // Its beginning must stand in the row before it leaves the window.
      const auto beginning = input_.source().rest().substr(0, kMaxRecordBytes);
      place(*growing_, input_.source().offset(), input_.lines.number(), beginning);
      refuse_too_long(*growing_, "element");
    }
    if (!whole_ || position_ > kMaxRecordBytes) release();
    if (!input_.source().more()) {
      if (scanner_.in_scalar()) return true;
      damage_ = kCutOff;
      return false;
    }
  }
}

bool JsonDocumentParser::scan_key(std::string& key) {
  if (!whole_) release();
  const std::size_t begin = position_ + 1;
  scanner_.restart();
  while (scanner_.scan(input_.source().rest(), position_) == JsonScanner::Step::need_more) {
    if (position_ - begin > kMaxRecordBytes) {
      damage_ = "a key is longer than 1 MiB";
      return false;
    }
    if (!input_.source().more()) {
      damage_ = kCutOff;
      return false;
    }
  }
  key = input_.source().rest().substr(begin, position_ - 1 - begin);
  return true;
}

JsonDocumentParser::Found JsonDocumentParser::scan_members() {
  const auto expect = [this](char found, const char* what) {
    damage_ = found == '\0' ? kCutOff : what;
    return Found::damage;
  };
  for (;;) {
    char c = token();
    if (c == '}') {
      ++position_;
      return Found::object_end;
    }
    if (!first_member_) {
      if (c != ',') return expect(c, "a comma or } is missing after a member");
      ++position_;
      c = token();
    }
    first_member_ = false;
    if (c != '"') return expect(c, "a key in double quotes is missing");
    if (!scan_key(key_)) return Found::damage;
    c = token();
    if (c != ':') return expect(c, "a colon is missing after a key");
    ++position_;
    c = token();
    if (key_ == kList) {
      if (c == '[') {
        ++position_;
        release();
        list_seen_ = true;
        return Found::list;
      }
      list_seen_ = list_seen_ || c == 'n';  // null: a list of none
    }
    if (c == '\0' || c == ',' || c == '}' || c == ']' || c == ':')
      return expect(c, "a value is missing after a key");
    if (!scan_value()) return Found::damage;
  }
}

void JsonDocumentParser::fill(Row& row, std::string_view text, std::uint64_t offset, std::uint64_t line) {
  place(row, offset, line, text.substr(0, kMaxRecordBytes));
  if (text.size() > kMaxRecordBytes) return refuse_too_long(row, "element");
  auto finding = records_.read(text, line);
  if (finding.reason == Reason::ok)
    identify(row, finding.id, finding.members);
  else
    refuse(row, finding.reason, std::move(finding.message));
}

bool JsonDocumentParser::read_element(Row& row) {
  release();
  const auto offset = input_.source().offset();
  const auto line = input_.lines.number();
  whole_ = true;
  growing_ = &row;
  const bool scanned = scan_value();
  growing_ = nullptr;
  if (!scanned) return false;
  if (whole_) fill(row, input_.source().rest().substr(0, position_), offset, line);
  release();
  return true;
}

bool JsonDocumentParser::next(Row& row) {
  for (;;) {
    switch (state_) {
      case State::start: {
        const char c = token();
        if (c == '\0') {
          state_ = State::done;
          break;
        }
        release();
        if (c != '[' && c != '{') {
          damage_ = "a JSON document starts with [ or {; see --format and, for log text, --match";
          return report_damage(row);
        }
        in_object_ = whole_ = c == '{';
        first_member_ = true;
        position_ = 1;
        state_ = in_object_ ? State::members : State::first_element;
        break;
      }

      case State::members:
        switch (scan_members()) {
          case Found::damage:
            return report_damage(row);
          case Found::list:
            state_ = State::first_element;
            break;
          case Found::object_end:
            if (list_seen_) {
              state_ = State::tail;
              break;
            }
            if (!whole_) {
              damage_ =
                  "the document is one object of more than 1 MiB without a remote_sessions list; for one "
                  "object a line use --format jsonl, and write the records of another list one a line, such "
                  "as with jq -c '.data.sessions[]'";
              return report_damage(row);
            }
            fill(row, input_.source().rest().substr(0, position_), input_.source().offset(),
                 input_.lines.number());
            release();
            state_ = State::tail;
            return true;
        }
        break;

      case State::first_element:
      case State::element: {
        const char c = token();
        if (c == ']' && state_ == State::first_element) {
          ++position_;
          state_ = in_object_ ? State::members : State::tail;
          break;
        }
        if (c == '\0' || c == ',' || c == '}' || c == ']' || c == ':') {
          damage_ = c == '\0' ? kCutOff : "an element is missing";
          return report_damage(row);
        }
        state_ = State::separator;
        return read_element(row) || report_damage(row);
      }

      case State::separator: {
        const char c = token();
        if (c != ',' && c != ']') {
          damage_ =
              c == '\0' ? kCutOff : "a comma or ] is missing after an element; for log text see --match";
          return report_damage(row);
        }
        ++position_;
        state_ = c == ',' ? State::element : in_object_ ? State::members : State::tail;
        break;
      }

      case State::tail:
        // Objects one behind the other, over several lines each, are what `jq` prints.
        if (const char c = token(); c == '{' && in_object_ && !list_seen_) {
          state_ = State::start;
          break;
        } else if (c != '\0') {
          damage_ =
              "text follows the document's end; write one object a line (`jq -c`) and use --format jsonl";
          return report_damage(row);
        }
        records_.finish();
        state_ = State::done;
        break;

      case State::done:
        // After damage in a stream: what follows belongs to the row that reported it.
        do {
          input_.source().consume(input_.source().rest().size());
        } while (input_.source().more());
        return false;
    }
  }
}

bool JsonDocumentParser::report_damage(Row& row) {
  const auto number = input_.lines.number_at(position_);
  if (input_.options.protect_list && damage_ != kCutOff)
    damage_ = damage_.substr(0, damage_.find(';')) + "; " + input_.advice({});
  if (!input_.options.stream)
    throw Error(ExitCode::bad_input, input_.place(number) + "not a JSON document: " + damage_);
  if (whole_) position_ = 0;  // the broken value, from its beginning
  release();
  // Its whole line, whatever has arrived of it.
  Line line;
  if (input_.lines.peek(line))
    place(row, line.offset, line.number, line.text);
  else
    place(row, input_.source().offset(), input_.lines.number(), {});
  refuse(row, Reason::malformed_row, "not a JSON document from here on, the rest was not read: " + damage_);
  state_ = State::done;
  return true;
}

}  // namespace bulkdrop::input
