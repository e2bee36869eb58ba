#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal.hpp"

namespace bulkdrop::record {
namespace {

void append_options(std::string& out, const RunRecord& run) {
  out += '{';
  std::vector<std::string_view> names;
  for (const auto& [name, value] : run.options) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string_view name : names) {
    out += name == names.front() ? "\n    " : ",\n    ";
    append_json_string(out, name);
    out += ": ";
    const auto is_it = [&](const auto& option) { return option.first == name; };
    const bool several = std::count_if(run.options.begin(), run.options.end(), is_it) > 1;
    if (several) out += '[';
    bool first = true;
    for (const auto& option : run.options) {
      if (!is_it(option)) continue;
      if (!first) out += ", ";
      first = false;
      append_json_string(out, option.second);
    }
    if (several) out += ']';
  }
  out += names.empty() ? "}" : "\n  }";
}

void append_number(std::string& out, std::uint64_t number, bool known) {
  out += known ? fmt::format_int(number).str() : std::string("null");
}

void append_source(std::string& out, const SourceRecord& source, bool stream) {
  const bool known = !stream || !source.sha256.empty();
  out += R"({"name": )";
  append_json_string(out, source.name);
  out += R"(, "format": )";
  append_json_string(out, source.format);
  out += R"(, "encoding": )";
  append_json_string(out, source.encoding);
  out += R"(, "field": )";
  append_json_string(out, source.field);
  out += R"(, "bytes": )";
  append_number(out, source.bytes, known);
  out += R"(, "rows": )";
  append_number(out, source.rows, known);
  out += R"(, "sha256": )";
  if (source.sha256.empty()) {
    out += "null";
  } else {
    append_json_string(out, source.sha256);
  }
  out += '}';
}

std::string run_json(const RunRecord& run) {
  std::string out = "{\n  \"schema\": 1";
  const auto key = [&](std::string_view name) {
    out += ",\n  \"";
    out += name;
    out += "\": ";
  };
  const bool known =
      !run.stream || std::none_of(run.sources.begin(), run.sources.end(),
                                  [](const SourceRecord& source) { return source.sha256.empty(); });
  key("run_id");
  append_json_string(out, run.run_id);
  key("version");
  append_json_string(out, run.version);
  key("started_at");
  append_json_string(out, rfc3339(run.started_at));
  key("url");
  append_json_string(out, run.url);
  key("reason");
  if (run.reason) {
    append_json_string(out, *run.reason);
  } else {
    out += "null";
  }
  key("stream");
  out += run.stream ? "true" : "false";
  key("rows");
  append_number(out, run.rows, known);
  key("to_drop");
  append_number(out, run.to_drop, known);
  key("options");
  append_options(out, run);
  key("sources");
  out += '[';
  for (const SourceRecord& source : run.sources) {
    out += out.back() == '[' ? "\n    " : ",\n    ";
    append_source(out, source, run.stream);
  }
  out += run.sources.empty() ? "]" : "\n  ]";
  out += "\n}\n";
  return out;
}

}  // namespace

void write_run_json(const std::string& path, const RunRecord& run) {
  AtomicFile file(path);
  file.buffer() = run_json(run);
  file.commit();
}

}  // namespace bulkdrop::record
