#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/run_record.hpp"

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
  if (!source.copy.empty()) {
    out += R"(, "copy": )";
    append_json_string(out, source.copy);
  }
  out += '}';
}

using simdjson::dom::element;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

std::string text(element json, std::string_view key) {
  return std::string(json[key].get_string().value());
}

// Zero where it was not known.
std::uint64_t number(element json, std::string_view key) {
  const element value = json[key].value();
  return value.is_null() ? 0 : value.get_uint64().value();
}

std::string text_if_known(element json, std::string_view key) {
  const element value = json[key].value();
  return value.is_null() ? std::string() : std::string(value.get_string().value());
}

std::string text_if_there(element json, std::string_view key) {
  const auto value = json[key];
  return value.error() == simdjson::NO_SUCH_FIELD ? std::string() : std::string(value.get_string().value());
}

RunRecord run_of(element json) {
  if (number(json, "schema") != 1) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  RunRecord run;
  run.run_id = text(json, "run_id");
  run.version = text(json, "version");
  const auto started = parse_rfc3339(text(json, "started_at"));
  if (!started) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  run.started_at = *started;
  run.url = text(json, "url");
  const element reason = json["reason"].value();
  if (!reason.is_null()) run.reason = std::string(reason.get_string().value());
  if (const auto directory = json["directory"]; directory.error() != simdjson::NO_SUCH_FIELD)
    run.directory = std::string(directory.get_string().value());
  run.run_directory = text_if_there(json, "run_directory");
  run.user = text_if_there(json, "user");
  run.host = text_if_there(json, "host");
  run.account = text_if_there(json, "account");
  run.stream = json["stream"].get_bool().value();
  run.rows = number(json, "rows");
  run.to_drop = number(json, "to_drop");
  const simdjson::dom::object options = json["options"].get_object().value();
  for (const auto field : options) {
    if (field.value.is_string()) {
      run.options.emplace_back(field.key, field.value.get_string().value());
      continue;
    }
    const simdjson::dom::array values = field.value.get_array().value();
    for (const element value : values) run.options.emplace_back(field.key, value.get_string().value());
  }
  const simdjson::dom::array sources = json["sources"].get_array().value();
  for (const element source : sources)
    run.sources.push_back({text(source, "name"), text(source, "format"), text(source, "encoding"),
                           text(source, "field"), number(source, "bytes"), number(source, "rows"),
                           text_if_known(source, "sha256"), text_if_there(source, "copy")});
  simdjson::dom::array lists;
  if (json["protect_lists"].get(lists) == simdjson::SUCCESS)
    for (const element list : lists) {
      ProtectRecord& known = run.protect_lists.emplace_back();
      known.name = text(list, "name");
      known.sha256 = text(list, "sha256");
      if (list["met"].error() != simdjson::NO_SUCH_FIELD)
        known.found = ProtectRecord::Found{number(list, "met"), number(list, "unmet")};
    }
  return run;
}

}  // namespace

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
  key("directory");
  append_json_string(out, run.directory);
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string&>{"run_directory", run.run_directory},
        {"user", run.user},
        {"host", run.host},
        {"account", run.account}}) {
    if (value.empty()) continue;
    key(name);
    append_json_string(out, value);
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
  key("protect_lists");
  out += '[';
  for (const ProtectRecord& list : run.protect_lists) {
    out += out.back() == '[' ? "\n    {\"name\": " : ",\n    {\"name\": ";
    append_json_string(out, list.name);
    out += R"(, "sha256": )";
    append_json_string(out, list.sha256);
    if (list.found) out += fmt::format(R"(, "met": {}, "unmet": {})", list.found->met, list.found->unmet);
    out += '}';
  }
  out += run.protect_lists.empty() ? "]" : "\n  ]";
  out += "\n}\n";
  return out;
}

RunRecord run_from_json(std::string_view text, const std::string& origin) {
  simdjson::dom::parser parser;
  try {
    return run_of(parser.parse(text.data(), text.size()).value());
  } catch (const simdjson::simdjson_error&) {
    throw Error(ExitCode::run_directory, origin + ": does not describe a run that this version can read");
  }
}

RunRecord read_run_json(const std::string& path) {
  return run_from_json(read_file(path, kMostBytes, ExitCode::run_directory), path);
}

void write_run_json(const std::string& path, const RunRecord& run) {
  AtomicFile file(path);
  file.buffer() = run_json(run);
  file.commit();
}

}  // namespace bulkdrop::record
