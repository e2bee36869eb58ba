#include "bulkdrop/input/reader.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <utility>

#include <re2/re2.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/input/csv_layout.hpp"
#include "bulkdrop/input/csv_parser.hpp"
#include "bulkdrop/input/json_parser.hpp"
#include "bulkdrop/input/reader_impl.hpp"
#include "bulkdrop/input/sniff.hpp"
#include "bulkdrop/input/text_parser.hpp"

namespace bulkdrop::input {

namespace {

struct FormatName {
  Format format;
  std::string_view name;
};

// Format::match is no value of --format: --match makes it.
constexpr std::array kFormatNames = {FormatName{Format::automatic, "auto"}, FormatName{Format::csv, "csv"},
                                     FormatName{Format::jsonl, "jsonl"}, FormatName{Format::json, "json"},
                                     FormatName{Format::text, "text"}};

// A record that stands in the window whole, as a rule.
constexpr std::size_t kFewestBytesAhead = 4096;

Options checked(Options options) {
  if (!options.match.empty()) options.format = Format::match;
  if (options.format == Format::match && options.match.empty())
    throw Error(ExitCode::usage, "--match: the regular expression is missing");
  if (options.delimiter &&
      (*options.delimiter == '"' || *options.delimiter == '\n' || *options.delimiter == '\r'))
    throw Error(ExitCode::usage, "--delimiter: a quote or a line end can't delimit cells");
  return options;
}

}  // namespace

std::string_view name(Format format) {
  for (const auto& known : kFormatNames)
    if (known.format == format) return known.name;
  return "match";
}

std::optional<Format> format_from_name(std::string_view name) {
  for (const auto& known : kFormatNames)
    if (known.name == name) return known.format;
  return std::nullopt;
}

std::optional<char> delimiter_from_name(std::string_view name) {
  if (name == "tab" || name == "\\t") return '\t';
  if (name.size() != 1 || name == "\"" || name == "\n" || name == "\r") return std::nullopt;
  return name.front();
}

Reader::Impl::Impl(std::vector<std::string> names, Options options_given)
    : options(checked(std::move(options_given))), rules(options.id_pattern) {
  if (!options.match.empty()) match = compile_match(options.match);
  if (names.empty()) names.emplace_back("-");
  if (std::count(names.begin(), names.end(), "-") > 1)
    throw Error(ExitCode::usage, "standard input (-) is named twice; it can be read only once");
  for (auto& file : names) {
    infos.emplace_back().name = file;
    sources.push_back(std::make_unique<Source>(std::move(file), sources.size(), options, interrupt));
    infos.back().copy = sources.back()->copy();
  }
}

Reader::Impl::~Impl() = default;

std::unique_ptr<RowParser> Reader::Impl::make_parser(Format format) {
  const Input input{*lines_, options, rules, infos[current_]};
  switch (format) {
    case Format::csv:
      return std::make_unique<CsvParser>(input);
    case Format::jsonl:
      return std::make_unique<JsonLinesParser>(input);
    case Format::json:
      return std::make_unique<JsonDocumentParser>(input);
    case Format::match:
      return std::make_unique<MatchParser>(input, *match);
    case Format::text:
    case Format::automatic:
      break;
  }
  return std::make_unique<TextParser>(input);
}

void Reader::Impl::open_parser() {
  auto& source = *sources[current_];
  auto& info = infos[current_];
  info.format = options.format;
  lines_ = std::make_unique<Lines>(source);
  const bool anything = lines_->skip_blank();
  info.encoding = name(source.encoding());
  if (!anything) return;
  if (info.format == Format::automatic) info.format = sniff_format({*lines_, options, rules, info});
  parser_ = make_parser(info.format);
}

void Reader::Impl::finish_source() {
  auto& source = *sources[current_];
  infos[current_].bytes = source.raw_bytes();
  infos[current_].sha256 = source.sha256();
  if (parser_) parser_->note_odd_ids();
  parser_.reset();
  lines_.reset();
  source.drop_window();
  ++current_;
}

std::optional<Continuation> Reader::Impl::cut() {
  const auto& info = infos.front();
  if (!parser_ || sources.size() != 1 || info.name != "-" || info.rows == 0 || info.format == Format::json ||
      sources.front()->encoding() != Encoding::utf8)
    throw std::logic_error("an input that can't be cut");
  if (!lines_->at_line_start()) return std::nullopt;
  Continuation next{info.format, info.delimiter, info.header, sources.front()->cut()};
  if (info.format == Format::csv && info.columns.empty())
    next.header = made_up_header(options, info.delimiter);
  finish_source();
  return next;
}

Reader::Impl::Step Reader::Impl::step(Row& row) {
  if (!lines_) open_parser();
  if (!parser_ || !parser_->next(row)) return Step::over;
  row.number = rows_++;
  row.source = static_cast<std::uint32_t>(current_);
  ++infos[current_].rows;
  return options.shard.takes(row) ? Step::row : Step::other;
}

// Makes the views of a usable row independent of the parser: its text stands in the source, which is held.
void Reader::Impl::keep(Row& row, std::size_t place) {
  const std::less_equal<> before;
  const std::string_view id = row.session_id;
  if (!before(row.text.data(), id.data()) ||
      !before(id.data() + id.size(), row.text.data() + row.text.size()))
    row.session_id = made_.keep(id);
  if (row.members.empty()) return;
  members_.resize(kMostAtOnce * row.members.size());
  const std::span kept(members_.data() + place * row.members.size(), row.members.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = made_.keep(row.members[i]);
  row.members = kept;
}

std::span<Row> Reader::Impl::next_rows(std::size_t most) {
  if (interrupt.raised() || ended()) return {};
  std::size_t count = 0;
  try {
    sources[current_]->let_go();
    made_.clear();
    while (!ended() && count < std::min(most, kMostAtOnce)) {
      // Rather a few rows at a time than a window that grows while it is held.
      if (count > 0 && sources[current_]->rest().size() < kFewestBytesAhead) break;
      Row& row = batch_[count];
      const Step found = step(row);
      if (found == Step::over) {
        if (count > 0) break;  // the rows need this source's window
        finish_source();
      } else if (found == Step::row) {
        // What is said of a row that is not usable lives in the parser.
        if (row.admission != Admission::to_drop) {
          ++count;
          break;
        }
        keep(row, count++);
        sources[current_]->hold();
      } else if (interrupt.raised()) {
        break;
      }
    }
  } catch (const Interrupted&) {
    // Later calls see the flag.
  } catch (...) {
    current_ = sources.size();
    throw;
  }
  return {batch_.data(), count};
}

std::optional<double> Reader::Impl::share_read() const {
  std::uint64_t all = 0;
  std::uint64_t read = 0;
  for (const auto& source : sources) {
    const auto size = source->size();
    if (!size) return std::nullopt;
    all += *size;
    // What is decoded and not yet handed out is that much of a file in UTF-8, which most are.
    read += source->raw_bytes() - std::min<std::uint64_t>(source->raw_bytes(), source->rest().size());
  }
  if (all == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(read) / static_cast<double>(all));
}

bool Reader::Impl::next(Row& row) {
  if (interrupt.raised()) return false;
  try {
    if (!ended()) sources[current_]->let_go();
    while (!ended()) {
      switch (step(row)) {
        case Step::row:
          return true;
        case Step::other:
          if (interrupt.raised()) return false;
          break;
        case Step::over:
          finish_source();
          break;
      }
    }
  } catch (const Interrupted&) {
    // Later calls see the flag.
  } catch (...) {
    current_ = sources.size();
    throw;
  }
  return false;
}

Reader::Reader(std::vector<std::string> names, Options options)
    : impl_(std::make_unique<Impl>(std::move(names), std::move(options))) {}

Reader::~Reader() = default;

void Reader::want(WantedMembers members) {
  impl_->options.members = std::move(members);
}

bool Reader::next(Row& row) {
  return impl_->next(row);
}

std::span<Row> Reader::next_rows(std::size_t most) {
  return impl_->next_rows(most);
}

std::optional<double> Reader::share_read() const {
  return impl_->share_read();
}

void Reader::interrupt() {
  impl_->interrupt.raise();
}

void Reader::resume() {
  impl_->interrupt.lower();
}

bool Reader::ended() const {
  return impl_->ended();
}

std::optional<Continuation> Reader::cut() {
  return impl_->cut();
}

const std::vector<SourceInfo>& Reader::sources() const {
  return impl_->infos;
}

const Shard& Reader::shard() const {
  return impl_->options.shard;
}

}  // namespace bulkdrop::input
