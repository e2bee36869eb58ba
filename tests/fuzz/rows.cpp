#include "fuzz/rows.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "fuzz/target.hpp"
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/row_parser.hpp"
#include "bulkdrop/input/utf16.hpp"

namespace bulkdrop::fuzz {
namespace {

std::string in_brackets(std::span<const std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all += fmt::format("[{}]", text);
  return all;
}

std::string decoded(std::string_view text, const std::string& encoding) {
  if (encoding == "utf-8") return std::string(text.substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0));
  text.remove_prefix(2);
  input::Utf16Decoder decoder(encoding == "utf-16le" ? input::ByteOrder::little : input::ByteOrder::big);
  std::string out(2 * input::Utf16Decoder::room_for(text.size()), '\0');
  std::size_t size = decoder.decode(text, out.data());
  size += decoder.finish(out.data() + size);
  out.resize(size);
  return out;
}

// How many lines end within the text: LF, CRLF and CR each end one.
std::size_t line_ends(std::string_view text) {
  std::size_t ends = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' ? i == 0 || text[i - 1] != '\r' : text[i] == '\r') ++ends;
  return ends;
}

std::size_t lines_with_text(std::string_view text) {
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (!trimmed(text.substr(0, end)).empty()) ++lines;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void is_well(const Reading::Got& got, std::string_view text, input::Format format) {
  if (got.row.admission == Admission::to_drop) {
    const bool hex = got.id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    holds(hex && got.id.size() >= 32 && got.id.size() <= 128, "an ID looks like one", got.id);
    holds(format == input::Format::json || format == input::Format::jsonl ||
              text.find(got.id) != std::string_view::npos,
          "an ID stands in its row", text);
    return;
  }
  const Reason why = got.row.reason;
  holds(got.row.admission == Admission::invalid &&
            (why == Reason::missing_field || why == Reason::bad_id || why == Reason::malformed_row),
        "what is no row to drop is invalid");
  holds(!got.message.empty() && is_for_people(got.message), "an invalid row says why", got.message);
  holds(is_valid_utf8(got.id) && got.id.size() <= 256, "a bad ID is short text", got.id);
}

// Lines that stand in no row, of formats whose rows are lines.
void is_accounted_for(std::string_view before_rows, std::size_t elsewhere, const input::SourceInfo& source) {
  if (source.format != input::Format::csv) {
    holds(lines_with_text(before_rows) + elsewhere == source.ignored_lines, "every line is accounted for");
    return;
  }
  const std::size_t header = before_rows.find(source.header);
  holds(header != std::string_view::npos, "the header stands before the rows");
  const std::string_view above = before_rows.substr(0, header);
  const std::size_t below = lines_with_text(before_rows.substr(header + source.header.size())) + elsewhere;
  const std::size_t separator_lines = source.header.empty() ? lines_with_text(before_rows) : 0;
  holds(lines_with_text(above) <= 1 && separator_lines <= 1, "above the header stands sep= at most");
  if (!source.header.empty())
    holds(source.ignored_lines == 0 ? below == 0 : below >= source.ignored_lines,
          "what is no row of a table repeats its header");
}

void are_well(const Reading& reading, std::string_view bytes) {
  if (!reading.error.empty()) return;
  holds(reading.source.bytes == bytes.size(), "all bytes were read");
  Sha256 digest;
  digest.add(bytes);
  holds(reading.source.sha256 == digest.finish(), "the digest is that of the bytes");
  holds(reading.source.rows == reading.rows.size(), "the rows are counted");

  const std::string text = decoded(bytes, reading.source.encoding);
  std::size_t at = 0;
  std::size_t elsewhere = 0;  // lines between and behind the rows
  std::string_view before_rows = text;
  for (const auto& got : reading.rows) {
    const Row& row = got.row;
    holds(row.offset >= at && row.offset + row.length <= text.size(), "rows follow each other");
    const auto offset = static_cast<std::size_t>(row.offset);
    const std::string_view own = std::string_view(text).substr(offset, row.length);
    holds(row.check == input::text_check(own), "the row's text stands where it says", own);
    holds(row.line == 1 + line_ends(std::string_view(text).substr(0, offset)), "the line is the row's", own);
    is_well(got, own, reading.source.format);
    const auto gap = std::string_view(text).substr(at, offset - at);
    if (&got == &reading.rows.front())
      before_rows = gap;
    else
      elsewhere += lines_with_text(gap);
    at = offset + row.length;
  }
  if (!reading.rows.empty()) elsewhere += lines_with_text(std::string_view(text).substr(at));
  if (reading.source.format != input::Format::json) is_accounted_for(before_rows, elsewhere, reading.source);
}

}  // namespace

std::string Reading::told() const {
  std::string all =
      fmt::format("{} {} {} {} {} {} {} {}\n", name(source.format), source.encoding, source.delimiter,
                  source.field, source.header, source.ignored_lines, source.sha256, error);
  for (const auto& [row, id, message, members] : rows)
    all += fmt::format("{} {} {} {} {} {} {} {} {} {}\n", row.number, row.line, row.offset, row.length,
                       row.check, static_cast<int>(row.admission), name(row.reason), id, message, members);
  return all;
}

void standard_input_is(std::string_view text) {
  const Fd file(::memfd_create("input", MFD_CLOEXEC));
  write_all(file.get(), text, "input");
  ::lseek(file.get(), 0, SEEK_SET);
  holds(::dup2(file.get(), STDIN_FILENO) == STDIN_FILENO, "standard input can be a file");
}

void standard_input_is(const std::vector<std::string_view>& pieces) {
  int ends[2] = {-1, -1};
  holds(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "there are sockets");
  const Fd mine(ends[0]);
  const Fd theirs(ends[1]);
  for (const std::string_view piece : pieces)
    if (!piece.empty())
      holds(
          ::send(mine.get(), piece.data(), piece.size(), MSG_DONTWAIT) == static_cast<ssize_t>(piece.size()),
          "a socket takes the pieces");
  holds(::dup2(theirs.get(), STDIN_FILENO) == STDIN_FILENO, "standard input can be a socket");
}

input::Options options_from(Bytes& bytes, input::Format format, std::span<const char* const> fields) {
  input::Options options;
  options.format = format;
  options.stream = bytes.setting(2) == 1;
  if (!fields.empty()) options.field = fields[bytes.setting(static_cast<unsigned>(fields.size()))];
  options.members.values = 2;
  options.members.deepest = 2;
  options.members.which = [](std::string_view parent, std::string_view name) -> std::optional<std::size_t> {
    if (name == "id" || (parent == "a" && name == "b")) return 0;
    return name == "a" ? std::optional<std::size_t>(1) : std::nullopt;
  };
  return options;
}

Reading read_standard_input(const input::Options& options) {
  Reading reading;
  std::unique_ptr<input::Reader> reader;
  try {
    reader = std::make_unique<input::Reader>(std::vector<std::string>{"-"}, options);
    Row row;
    while (reader->next(row)) {
      reading.rows.push_back(
          {row, std::string(row.session_id), std::string(row.message), in_brackets(row.members)});
      reading.rows.back().row.session_id = reading.rows.back().row.message = {};
    }
  } catch (const Error& error) {
    reading.error = fmt::format("{}: {}", static_cast<int>(error.code()), error.what());
    holds(error.code() == ExitCode::bad_input || error.code() == ExitCode::usage, "the input is to blame");
    holds(is_for_people(reading.error), "an error is for people", reading.error);
  }
  if (reader) reading.source = reader->sources().front();
  return reading;
}

Reading read_both_ways(std::string_view text, unsigned seed, const input::Options& options) {
  constexpr std::size_t kMostBytes = 64 * 1024;  // what a socket surely takes
  text = text.substr(0, kMostBytes);
  standard_input_is(text);
  Reading whole = read_standard_input(options);
  are_well(whole, text);
  // Whether it is text at all is told from what comes first.
  if (std::count(text.begin(), text.end(), '\0') >= 4 && whole.source.encoding == "utf-8") return whole;
  standard_input_is(cut(text, 1 + seed));
  const std::string told = read_standard_input(options).told();
  holds(told == whole.told(), "pieces give the same rows", fmt::format("{}\n--\n{}", whole.told(), told));
  return whole;
}

}  // namespace bulkdrop::fuzz
