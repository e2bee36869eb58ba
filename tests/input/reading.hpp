// What the tests of the reader share: rows as values, and sources of several kinds.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/temp_dir.hpp"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/input/originals.hpp"
#include "bulkdrop/input/reader.hpp"

namespace bulkdrop::input::test {

// A row that outlives the reader's buffer.
struct Got {
  Row row;
  std::string id;
  std::string message;
  std::string text = {};
  [[nodiscard]] bool usable() const { return row.admission == Admission::to_drop; }
};

struct Reading {
  std::vector<Got> rows;
  std::vector<SourceInfo> sources;

  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& got : rows)
      if (got.usable()) all.push_back(got.id);
    return all;
  }
  // `3:missing_field` and the like; just `3` for usable rows.
  [[nodiscard]] std::string lines() const {
    std::string all;
    for (const auto& got : rows) {
      all += (all.empty() ? "" : " ") + std::to_string(got.row.line);
      if (!got.usable()) all += ":" + std::string(name(got.row.reason));
    }
    return all;
  }
};

inline Reading drain(Reader& reader) {
  Reading reading;
  Row row;
  while (reader.next(row))
    reading.rows.push_back(
        {row, std::string(row.session_id), std::string(row.message), std::string(row.text)});
  reading.sources = reader.sources();
  return reading;
}

// The same by Reader::next_rows(), at most `most` at a time.
inline Reading drain_together(Reader& reader, std::size_t most = Reader::kMostAtOnce) {
  Reading reading;
  for (auto rows = reader.next_rows(most); !rows.empty(); rows = reader.next_rows(most)) {
    if (rows.size() > most) throw std::logic_error("more rows at once than were asked for");
    for (const Row& row : rows)
      reading.rows.push_back(
          {row, std::string(row.session_id), std::string(row.message), std::string(row.text)});
  }
  reading.sources = reader.sources();
  return reading;
}

// Throws where the two differ in what they say of any row.
inline void require_same(const Reading& one, const Reading& other) {
  const auto same = [](const Got& a, const Got& b) {
    return a.id == b.id && a.message == b.message && a.text == b.text && a.row.number == b.row.number &&
           a.row.source == b.row.source && a.row.line == b.row.line && a.row.offset == b.row.offset &&
           a.row.length == b.row.length && a.row.check == b.row.check && a.row.admission == b.row.admission &&
           a.row.reason == b.row.reason;
  };
  if (!std::equal(one.rows.begin(), one.rows.end(), other.rows.begin(), other.rows.end(), same))
    throw std::logic_error("rows that are read together differ from those read one by one");
  for (std::size_t i = 0; i < one.sources.size(); ++i)
    if (one.sources[i].rows != other.sources[i].rows || one.sources[i].sha256 != other.sources[i].sha256 ||
        one.sources[i].bytes != other.sources[i].bytes ||
        one.sources[i].ignored_lines != other.sources[i].ignored_lines ||
        one.sources[i].cut_off != other.sources[i].cut_off)
      throw std::logic_error("a source that is read in larger steps is not the same");
}

inline Reading read_files(const std::vector<std::string>& names, const Options& options = {}) {
  Reader reader(names, options);
  return drain(reader);
}

inline Reading read_text(std::string_view content, const Options& options = {}) {
  const bulkdrop::test::TempDir dir;
  const std::string file = dir.file("export", content);
  Reading reading = read_files({file}, options);
  for (const std::size_t most : {std::size_t{3}, Reader::kMostAtOnce}) {
    Reader again({file}, options);
    require_same(reading, drain_together(again, most));
  }
  return reading;
}

// The Error that `action` throws, as "<exit code>: <message>"; "" if none.
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  }
  return {};
}

inline std::string error_reading(std::string_view content, const Options& options = {}) {
  return error_of([&] { read_text(content, options); });
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A named pipe that a thread of its own writes, in the pieces given.
class Fifo {
 public:
  explicit Fifo(std::vector<std::string> pieces) : path_(dir_.path("fifo")), pieces_(std::move(pieces)) {
    if (::mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
    writer_ = std::thread([this] {
      // A reader that has seen enough closes its end: no reason to end the whole program.
      sigset_t broken_pipe;
      ::sigemptyset(&broken_pipe);
      ::sigaddset(&broken_pipe, SIGPIPE);
      ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
      const Fd fd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
      for (const auto& piece : pieces_)
        if (::write(fd.get(), piece.data(), piece.size()) < 0) return;
    });
  }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  ~Fifo() { writer_.join(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bulkdrop::test::TempDir dir_;
  std::string path_;
  std::vector<std::string> pieces_;
  std::thread writer_;
};

// Puts a file or a pipe's end in the place of standard input for as long as it lives.
class StandardInput {
 public:
  explicit StandardInput(int fd) : saved_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() { ::dup2(saved_.get(), STDIN_FILENO); }

 private:
  Fd saved_;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
  }
  void write(std::string_view text) const { write_all(write_end.get(), text, "pipe"); }
};

// Standard input that hands out one piece at a time, whatever has been written by then.
class Packets {
 public:
  explicit Packets(const std::vector<std::string>& pieces) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("socketpair failed");
    const Fd mine(ends[0]);
    theirs_ = Fd(ends[1]);
    for (const std::string& piece : pieces) write_all(mine.get(), piece, "socket");
    standard_input_.emplace(theirs_.get());
  }

 private:
  Fd theirs_;
  std::optional<StandardInput> standard_input_;
};

// 40 hexadecimal digits, different for each n.
inline std::string id_of(std::uint64_t n) {
  std::string id(40, '0');
  for (std::size_t i = 0; n > 0; ++i, n >>= 4U) id[39 - i] = "0123456789abcdef"[n & 0xFU];
  return id;
}

inline const std::string kA = std::string(40, 'a');
inline const std::string kB = std::string(40, 'b');
inline const std::string kC = std::string(40, 'c');

}  // namespace bulkdrop::input::test
