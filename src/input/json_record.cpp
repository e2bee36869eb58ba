#include "bulkdrop/input/json_record.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/field_names.hpp"
#include "bulkdrop/input/json_lists.hpp"
#include "bulkdrop/input/json_members.hpp"
#include "bulkdrop/input/json_numbers.hpp"

namespace bulkdrop::input {

namespace {

namespace dom = simdjson::dom;

constexpr const char* kNameIt = "name the ID's with --field /a/b";

// A parser whose values live until it parses again.
class Parser {
 public:
  // `text` is followed by 64 readable bytes.
  simdjson::error_code parse(std::string_view text, dom::element& value) {
    blanked_ = false;
    const auto error = parser_.parse(text.data(), text.size(), false).get(value);
    if (error == simdjson::SUCCESS || error == simdjson::UTF8_ERROR || !blank_numbers(text, copy_))
      return error;
    // It may be JSON but for numbers that do not fit into 64 bits, which are no matter of ours.
    const auto size = copy_.size();
    copy_.resize(size + simdjson::SIMDJSON_PADDING);
    blanked_ = parser_.parse(copy_.data(), size, false).get(value) == simdjson::SUCCESS;
    return blanked_ ? simdjson::SUCCESS : error;
  }
  // The values' numbers are not those of the text.
  [[nodiscard]] bool blanked() const { return blanked_; }

 private:
  dom::parser parser_;
  std::string copy_;
  bool blanked_ = false;
};

struct Candidate {
  std::string pointer;
  dom::element value;
};

// The same value at the same place, written twice, is one.
void drop_repeats(std::vector<Candidate>& candidates) {
  std::vector<Candidate> kept;
  for (auto& candidate : candidates) {
    const bool repeat = std::any_of(kept.begin(), kept.end(), [&](const Candidate& other) {
      return other.pointer == candidate.pointer &&
             simdjson::minify(other.value) == simdjson::minify(candidate.value);
    });
    if (!repeat) kept.push_back(std::move(candidate));
  }
  candidates = std::move(kept);
}

}  // namespace

struct JsonRecords::Impl {
  explicit Impl(Input given)
      : input(given),
        names(given.options.field.starts_with('/') ? std::string() : given.options.field),
        steps(given.options.field.starts_with('/') ? split_pointer(given.options.field)
                                                   : std::vector<std::string>()),
        members(names, given.options.members) {
    through_list = std::any_of(steps.begin(), steps.end(), [](const std::string& step) {
      return !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
    });
  }

  // What could be the ID's field, with the places: JsonMembers finds the same without them, and faster.
  void collect(const dom::element& value, const std::string& pointer, std::vector<Candidate>& found) const {
    if (value.type() == dom::element_type::OBJECT) {
      for (const auto field : dom::object(value)) {
        const auto place = pointer + pointer_step(field.key);
        if (names.matches(field.key) && can_be_field(field.value))
          found.push_back({place, field.value});
        else if (is_container(field.value))
          collect(field.value, place, found);
      }
    } else if (value.type() == dom::element_type::ARRAY) {
      std::size_t index = 0;
      for (const auto element : dom::array(value))
        collect(element, fmt::format("{}/{}", pointer, index++), found);
    }
  }

  void resolve(const dom::element& value, std::size_t step, std::vector<Candidate>& found) const {
    if (step == steps.size()) {
      found.push_back({input.options.field, value});
    } else if (value.type() == dom::element_type::OBJECT) {
      for (const auto field : dom::object(value))
        if (field.key == steps[step]) resolve(field.value, step + 1, found);
    } else if (value.type() == dom::element_type::ARRAY) {
      const auto& text = steps[step];
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
      if (error != std::errc() || end != text.data() + text.size() || (text.size() > 1 && text[0] == '0'))
        return;
      dom::element element;
      if (dom::array(value).at(index).get(element) == simdjson::SUCCESS) resolve(element, step + 1, found);
    }
  }

  std::vector<Candidate> candidates(const dom::element& record) const {
    std::vector<Candidate> found;
    if (!steps.empty()) {
      resolve(record, 0, found);
    } else {
      // A key that the user named means a member of the record itself, where it has one.
      if (!input.options.field.empty() && record.type() == dom::element_type::OBJECT)
        for (const auto field : dom::object(record))
          if (field.key == input.options.field) found.push_back({pointer_step(field.key), field.value});
      if (found.empty()) collect(record, "", found);
    }
    drop_repeats(found);
    return found;
  }

  JsonFinding find(const dom::element& record, std::uint64_t line);
  JsonFinding ambiguous(const dom::element& record, const std::vector<Candidate>& found,
                        std::uint64_t line) const;
  JsonFinding one_of_many(const RecordList& list, std::uint64_t line) const;
  [[nodiscard]] JsonFinding unclear(std::string message, std::uint64_t line) const;
  void note_fields(const dom::element& record);
  [[nodiscard]] JsonFinding judge(const dom::element& value) const;

  Input input;
  FieldNames names;
  std::vector<std::string> steps;  // of the pointer in --field, if it is one
  bool through_list = false;       // it may go through an array
  JsonMembers members;
  Parser parser;
  std::string converted;
  std::uint64_t records = 0;
  bool field_seen = false;
  std::vector<std::string> paths;  // in the first record without the field
  std::string next_step;           // what to do to name one
};

JsonFinding JsonRecords::Impl::judge(const dom::element& value) const {
  switch (value.type()) {
    case dom::element_type::STRING: {
      std::string_view id;
      if (value.get(id) != simdjson::SUCCESS) break;
      return {Reason::ok, id, {}, {}};
    }
    case dom::element_type::NULL_VALUE:
      return {Reason::missing_field, {}, "the ID is null"};
    case dom::element_type::ARRAY: {
      const dom::array array(value);
      if (array.size() == 0) return {Reason::missing_field, {}, "the ID is an empty array"};
      if (array.size() == 1) return judge(*array.begin());
      return {Reason::bad_id,
              {},
              fmt::format("the field holds {} values; a row names one session", array.size())};
    }
    case dom::element_type::OBJECT:
      return {Reason::bad_id,
              {},
              "the field is an object, not a string; " + input.advice("point into it with --field /a/b")};
    default:
      break;
  }
  const std::string text = parser.blanked() && value.is_number() ? "a number" : simdjson::minify(value);
  return {Reason::bad_id, {}, fmt::format("the ID is {}, not a string", text)};
}

// Which field is meant is a matter of the whole source, if its first record leaves it open.
JsonFinding JsonRecords::Impl::unclear(std::string message, std::uint64_t line) const {
  if (records == 1 && !input.options.stream) throw Error(ExitCode::bad_input, input.place(line) + message);
  return {Reason::missing_field, {}, std::move(message)};
}

JsonFinding JsonRecords::Impl::ambiguous(const dom::element& record, const std::vector<Candidate>& found,
                                         std::uint64_t line) const {
  std::vector<std::string> pointers;
  pointers.reserve(found.size());
  for (const auto& candidate : found) pointers.push_back(candidate.pointer);
  const RecordList list = record_list(record, split_pointer(pointers.front()), input.rules);
  const std::string next =
      list.jq.empty()
          ? fmt::format("choose one with --field, such as --field {}", shortened(pointers.front(), 100))
          : "they stand in a list; to drop all of them write one record a line: " +
                command_for(list, input.info.name);
  return unclear(fmt::format("{} fields could be the session ID: {}; {}", found.size(), quoted_list(pointers),
                             input.advice(printable(next))),
                 line);
}

JsonFinding JsonRecords::Impl::one_of_many(const RecordList& list, std::uint64_t line) const {
  return unclear(fmt::format("--field {} names one element of a list, and others have an ID there, too; to "
                             "drop all of them write one record a line: {}",
                             printable(input.options.field), printable(command_for(list, input.info.name))),
                 line);
}

void JsonRecords::Impl::note_fields(const dom::element& record) {
  paths = list_fields(record);
  const RecordList list = record_list(record, split_pointer(find_any_id(record, input.rules)), input.rules);
  next_step =
      input.advice(list.jq.empty() ? kNameIt
                                   : "IDs stand in a list; to drop all of them write one record a line: " +
                                         printable(command_for(list, input.info.name)));
}

JsonFinding JsonRecords::Impl::find(const dom::element& record, std::uint64_t line) {
  // The usual case is settled without building a pointer or a list.
  const bool usual = input.options.field.empty() && field_seen;
  if (usual || input.options.members.values > 0) members.walk(record);
  if (usual && members.ids() == 1) return judge(members.id());
  const auto found = candidates(record);
  if (found.empty()) {
    if (next_step.empty()) note_fields(record);
    return {Reason::missing_field,
            {},
            input.options.field.empty()
                ? "the record has no session ID field" +
                      (input.options.protect_list ? "; " + input.advice({}) : "")
                : fmt::format("the record has no field {}", printable(input.options.field))};
  }
  if (!std::exchange(field_seen, true)) input.info.field = found.front().pointer;
  if (found.size() > 1) return ambiguous(record, found, line);
  if (through_list)
    if (const RecordList list = record_list(record, steps, input.rules); !list.jq.empty())
      return one_of_many(list, line);
  return judge(found.front().value);
}

JsonRecords::JsonRecords(Input input) : impl_(std::make_unique<Impl>(input)) {}
JsonRecords::~JsonRecords() = default;

JsonFinding JsonRecords::read(std::string_view text, std::uint64_t line) {
  dom::element record;
  auto error = impl_->parser.parse(text, record);
  const bool as_written = error == simdjson::SUCCESS && !impl_->parser.blanked();
  if (error == simdjson::UTF8_ERROR) {
    // The structure and the ID are ASCII whatever the code page: read the rest as Windows-1252.
    impl_->converted = to_utf8(text);
    const auto size = impl_->converted.size();
    impl_->converted.resize(size + simdjson::SIMDJSON_PADDING);
    error = impl_->parser.parse(std::string_view(impl_->converted).substr(0, size), record);
  }
  if (error != simdjson::SUCCESS)
    return {Reason::malformed_row,
            {},
            fmt::format("not valid JSON; it begins with {}",
                        printable(shortened(to_utf8(trimmed(text.substr(0, 400))), 60)))};
  ++impl_->records;
  if (is_container(record)) {
    JsonFinding finding = impl_->find(record, line);
    if (as_written) finding.members = impl_->members.values();
    return finding;
  }
  // A bare string is an ID; any other scalar is none, and says nothing about fields.
  if (record.type() == dom::element_type::STRING) impl_->field_seen = true;
  return impl_->judge(record);
}

void JsonRecords::finish() const {
  if (impl_->input.options.stream || impl_->records == 0 || impl_->field_seen) return;
  const auto& field = impl_->input.options.field;
  throw Error(
      ExitCode::bad_input,
      fmt::format("{}: no record has {}; fields found: {}; {}", impl_->input.source().label(),
                  field.empty() ? std::string("a session ID field (session_id, sessionId, ID da sessão, …)")
                                : "a field " + printable(field),
                  quoted_list(impl_->paths),
                  impl_->next_step.empty() ? impl_->input.advice(kNameIt) : impl_->next_step));
}

bool is_json_value(std::string_view text) {
  Parser parser;
  dom::element value;
  const auto error = parser.parse(text, value);
  // Which letters it holds is the reader's matter, not the format's.
  return error == simdjson::SUCCESS || error == simdjson::UTF8_ERROR;
}

bool is_list_answer(std::string_view text) {
  Parser parser;
  dom::element value;
  if (parser.parse(text, value) != simdjson::SUCCESS) return false;
  dom::array list;
  return value["remote_sessions"].get(list) == simdjson::SUCCESS;
}

}  // namespace bulkdrop::input
