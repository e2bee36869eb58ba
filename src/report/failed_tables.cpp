#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/column_union.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::string_view kCsvName = "failed.csv";
constexpr std::string_view kJsonName = "failed.jsonl";
constexpr std::string_view kIdName = "session_id";
constexpr std::string_view kOriginalName = "original";

// The place, from 0, of the column that `column` names, or numbers from 1 as its last word.
std::optional<std::size_t> find_column(const std::vector<std::string>& header, std::string_view column) {
  const auto named = std::find(header.begin(), header.end(), column);
  if (named != header.end()) return static_cast<std::size_t>(named - header.begin());
  const std::string_view word = column.substr(column.rfind(' ') + 1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number == 0) return std::nullopt;
  if (!header.empty() && number > header.size()) return std::nullopt;
  return number - 1;
}

// A line break inside a value becomes a space; the rest stays as it was. A line break inside a string, which
// only a malformed row can hold, is escaped.
void append_on_one_line(std::string& out, std::string_view value) {
  const auto is_break = [](char c) { return c == '\n' || c == '\r'; };
  bool in_string = false;
  for (std::size_t i = 0; i < value.size();) {
    const char c = value[i];
    if (in_string) {
      ++i;
      if (is_break(c)) {
        out += c == '\n' ? "\\n" : "\\r";
        continue;
      }
      out += c;
      if (c == '\\' && i < value.size() && !is_break(value[i])) out += value[i++];
      in_string = c != '"';
      continue;
    }
    const std::size_t end = std::min(value.find_first_not_of(" \t\r\n", i), value.size());
    if (end > i) {
      const std::string_view space = value.substr(i, end - i);
      out += std::any_of(space.begin(), space.end(), is_break) ? std::string_view(" ") : space;
      i = end;
      continue;
    }
    in_string = c == '"';
    out += c;
    ++i;
  }
}

}  // namespace

struct FailedTables::Impl {
  struct Source {
    std::vector<std::string> header;
    std::optional<std::size_t> id;
    std::vector<std::size_t> places;  // of its columns in the union
  };

  const Source& source_of(const std::vector<std::string>& header) {
    if (latest < sources.size() && sources[latest].header == header) return sources[latest];
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const Source& source) { return source.header == header; });
    if (found == sources.end()) throw std::logic_error("a CSV row of a source that was not announced");
    latest = static_cast<std::size_t>(found - sources.begin());
    return *found;
  }

  void write_cells() {
    std::string& out = csv->buffer();
    // A line of one empty cell would be a blank line, which is no row.
    if (cells.size() == 1 && cells.front().empty()) out += "\"\"";
    for (std::size_t i = 0; i < cells.size() && (cells.size() > 1 || !cells[i].empty()); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, cells[i]);
    }
    out += "\r\n";
    csv->flush_if_large();
  }

  // Empty cells up to the ID of a row of `source`, and at least one for each column.
  void clear_cells(const Source& source) {
    const std::size_t behind_id = columns.names().empty() && source.id ? *source.id + 1 : 0;
    cells.assign(std::max(columns.names().size(), behind_id), {});
  }

  // Where rows of `source` have their ID, if that is known.
  [[nodiscard]] std::optional<std::size_t> id_of(const Source& source) const {
    if (!source.header.empty()) return source.id ? std::optional(source.places[*source.id]) : std::nullopt;
    return id_place ? id_place : source.id;
  }

  std::optional<AtomicFile> csv;
  std::optional<AtomicFile> json;
  ColumnUnion columns;
  std::vector<Source> sources;
  std::size_t latest = 0;
  std::optional<std::size_t> id_place;        // where rows without header have their ID
  std::optional<std::size_t> original_place;  // of text rows
  std::vector<std::string_view> cells;        // of the row being written
};

FailedTables::FailedTables(const std::string& directory,
                           const std::vector<std::vector<std::string>>& csv_headers, bool json, bool text,
                           const std::vector<std::string>& id_columns)
    : impl_(std::make_unique<Impl>()) {
  Impl& to = *impl_;
  bool any_header = text;
  bool any_without = false;
  for (std::size_t i = 0; i < csv_headers.size(); ++i) {
    const auto& header = csv_headers[i];
    (header.empty() ? any_without : any_header) = true;
    const auto id = i < id_columns.size() ? find_column(header, id_columns[i]) : std::nullopt;
    to.sources.push_back({header, id, to.columns.add(header, id)});
  }
  if (any_header && (any_without || text)) to.id_place = to.columns.id_column(kIdName);
  if (text) to.original_place = to.columns.column(kOriginalName);
  if (json) to.json.emplace(directory + "/" + std::string(kJsonName));
  if (csv_headers.empty() && !text) return;
  to.csv.emplace(directory + "/" + std::string(kCsvName));
  if (!any_header) return;
  to.cells.assign(to.columns.names().begin(), to.columns.names().end());
  to.write_cells();
}

FailedTables::~FailedTables() = default;

void FailedTables::add_csv(const std::vector<std::string>& header, const std::vector<std::string>& fields) {
  Impl& to = *impl_;
  const Impl::Source& source = to.source_of(header);
  to.cells.assign(to.columns.names().size(), {});
  if (source.header.empty() && to.id_place && source.id && *source.id < fields.size()) {
    to.cells[*to.id_place] = fields[*source.id];
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i < source.places.size()) {
      to.cells[source.places[i]] = fields[i];
    } else {
      to.cells.emplace_back(fields[i]);
    }
  }
  to.write_cells();
}

void FailedTables::add_csv_id(const std::vector<std::string>& header, std::string_view session_id) {
  Impl& to = *impl_;
  const Impl::Source& source = to.source_of(header);
  to.clear_cells(source);
  if (const auto place = to.id_of(source)) {
    to.cells[*place] = session_id;
  } else {
    to.cells.push_back(session_id);
  }
  to.write_cells();
}

void FailedTables::add_csv_malformed(const std::vector<std::string>& header, std::string_view original) {
  Impl& to = *impl_;
  to.clear_cells(to.source_of(header));
  to.cells.push_back(original);
  to.write_cells();
}

void FailedTables::add_json(std::string_view object) {
  std::string& out = impl_->json.value().buffer();
  const std::string_view value = trimmed(object);
  if (is_valid_utf8(value)) {
    append_on_one_line(out, value);
  } else {
    append_on_one_line(out, to_utf8(value));
  }
  out += '\n';
  impl_->json->flush_if_large();
}

void FailedTables::add_text(std::string_view session_id, std::string_view original) {
  Impl& to = *impl_;
  to.cells.assign(to.columns.names().size(), {});
  to.cells[to.id_place.value()] = session_id;
  to.cells[to.original_place.value()] = original;
  to.write_cells();
}

void FailedTables::commit() {
  if (impl_->csv) impl_->csv->commit();
  if (impl_->json) impl_->json->commit();
}

std::vector<std::string> FailedTables::files() const {
  std::vector<std::string> names;
  if (impl_->csv) names.emplace_back(kCsvName);
  if (impl_->json) names.emplace_back(kJsonName);
  return names;
}

}  // namespace bulkdrop::report
