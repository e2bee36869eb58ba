#include "bulkdrop/run/failures.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::string_view kChanged = "(the file changed during the run)";

// A JSON record with `id` at `pointer`, where its source has it (under session_id if that is not known), and
// with the record's text if that can't stand for itself.
std::string json_record(std::string_view pointer, std::optional<std::string_view> id,
                        std::optional<std::string_view> original) {
  if (!pointer.starts_with('/')) pointer = "/session_id";
  std::string object;
  std::size_t depth = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string key;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < end;  // RFC 6901 §3
      key.push_back(escaped ? (pointer[++i] == '0' ? '~' : '/') : pointer[i]);
    }
    object.push_back('{');
    append_json_string(object, key);
    object.push_back(':');
    ++depth;
    pointer.remove_prefix(end);
  }
  if (id) {
    append_json_string(object, *id);
  } else {
    object += "null";
  }
  object.append(depth - 1, '}');
  if (original) {
    object += ",\"original\":";
    append_json_string(object, *original);
  }
  object.push_back('}');
  return object;
}

report::FailedTables make_tables(const std::string& directory,
                                 const std::vector<input::SourceInfo>& sources) {
  std::vector<std::vector<std::string>> headers;
  std::vector<std::string> id_columns;
  bool json = false;
  bool text = false;
  for (const input::SourceInfo& source : sources) {
    if (source.format == input::Format::csv) {
      headers.push_back(source.columns);
      id_columns.push_back(source.field);
    } else if (source.format == input::Format::json || source.format == input::Format::jsonl) {
      json = true;
    } else {
      text = true;
    }
  }
  return {directory, headers, json, text, id_columns};
}

}  // namespace

Failures::Failures(const std::string& directory, input::Reader& reader)
    : sources_(reader.sources()),
      originals_(reader),
      tables_(make_tables(directory, sources_)),
      lost_(sources_.size()) {}

Original Failures::add(const Row& row) {
  const input::SourceInfo& source = sources_[row.source];
  const bool malformed = row.admission == Admission::invalid && row.reason == Reason::malformed_row;
  const bool without_id =
      malformed || (row.admission == Admission::invalid && row.reason == Reason::missing_field);
  Original original{originals_.text(row), {}};
  const auto& text = original.text;
  if (!text) ++lost_[row.source];
  switch (source.format) {
    case input::Format::csv:
      if (!text) {
        tables_.add_csv_id(source.columns, row.session_id);
      } else if (malformed) {
        tables_.add_csv_malformed(source.columns, *text);
      } else {
        original.fields = originals_.fields(row).value();
        tables_.add_csv(source.columns, original.fields);
      }
      break;
    case input::Format::json:
    case input::Format::jsonl:
      if (without_id) {
        tables_.add_json(json_record(source.field, std::nullopt, text.value_or(kChanged)));
      } else if (!text) {
        tables_.add_json(json_record(source.field, row.session_id, std::nullopt));
      } else {
        tables_.add_json(*text);
      }
      break;
    default:
      tables_.add_text(row.session_id, text.value_or(kChanged));
  }
  return original;
}

std::vector<std::string> Failures::commit() {
  tables_.commit();
  return tables_.files();
}

std::vector<std::string> Failures::changed_inputs() const {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    if (lost_[i] == 0 && !originals_.changed(i)) continue;
    all.push_back(fmt::format(
        "{}: the input changed during the run, which went by what it had read before; {}",
        sources_[i].name == "-" ? "standard input" : sources_[i].name,
        lost_[i] == 0
            ? std::string("what was added or changed since was not looked at")
            : fmt::format("{} that may still be alive {} given by ID only, without {} other columns",
                          lost_[i] == 1 ? "1 row" : grouped(lost_[i]) + " rows", lost_[i] == 1 ? "is" : "are",
                          lost_[i] == 1 ? "its" : "their")));
  }
  return all;
}

}  // namespace bulkdrop::run
