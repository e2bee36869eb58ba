// One input as a sliding window of decoded bytes.
//
// Takes care of descriptors, the encoding, the digest, and the copies that let Originals read a row again.
// One thread uses it (the Interrupt apart).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/input/interrupt.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/signature.hpp"
#include "bulkdrop/input/utf16.hpp"

struct stat;

namespace bulkdrop::input {

// Where the decoded bytes of a source can be read again.
struct Replay {
  Fd fd;                   // none: they can't
  std::uint64_t base = 0;  // where decoded byte 0 stands in it
  std::string path;        // for messages
};

class Source {
 public:
  // Opens the file, or standard input for "-"; `number`: which of all, from 0. Throws Error(bad_input) if
  // that fails or it is a directory, and Error(run_directory) if a copy can't be made. `interrupt` outlives
  // the source.
  Source(std::string name, std::size_t number, const Options& options, const Interrupt& interrupt);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source();

  // As given, or "standard input": for messages.
  [[nodiscard]] const std::string& label() const { return label_; }
  // Where the copy is that is made of it; empty if there is none.
  [[nodiscard]] const std::string& copy() const { return copy_; }

  // The bytes in memory that nobody consumed yet: UTF-8 unless the source is in some 8-bit code, without the
  // byte order mark. At least 64 more bytes behind them can be read (simdjson's padding). Valid until more().
  [[nodiscard]] std::string_view rest() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // Offset of rest().front() in the decoded source.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  void consume(std::size_t bytes) {
    begin_ += bytes;
    offset_ += bytes;
  }
  // Appends at least a byte to rest(); false at the end of the source. Takes what a pipe has and waits only
  // while it has nothing. The window grows with what is left unconsumed: keep that near kMaxRecordBytes.
  // Throws Error(bad_input) on a read error or what is not text, Interrupted.
  bool more();
  [[nodiscard]] bool ended() const { return ended_; }
  // From now on views into rest() stay valid, until let_go() or drop_window(). Memory grows with what is read
  // meanwhile.
  void hold() { holds_ = true; }
  void let_go() {
    holds_ = false;
    held_.clear();
  }

  // Of a regular file when it was opened, from where it is read; otherwise nothing.
  [[nodiscard]] std::optional<std::uint64_t> size() const {
    if (!regular_) return std::nullopt;
    return static_cast<std::uint64_t>(opened_.size) -
           std::min(first_byte_, static_cast<std::uint64_t>(opened_.size));
  }
  [[nodiscard]] Encoding encoding() const { return encoding_; }
  [[nodiscard]] std::uint64_t raw_bytes() const { return raw_bytes_; }
  // Of all raw bytes, once ended; empty if Options::digest is off.
  [[nodiscard]] std::string sha256();
  // Ends the source here: gives what was read and not consumed, and takes it out of the digest, the count of
  // bytes and the copy of standard input. UTF-8 only. Throws Error(run_directory).
  std::string cut();
  // Gives back the window's memory.
  void drop_window();
  // True if it is a regular file that is no longer what it was when it was opened (size, time of change).
  [[nodiscard]] bool changed() const;
  // With a descriptor of its own, or none if there are no more to be had.
  [[nodiscard]] Replay replay() const;

 private:
  // What tells that somebody wrote to a regular file.
  struct State {
    std::int64_t size = 0;
    std::int64_t seconds = 0;  // time of the last change
    std::int64_t nanoseconds = 0;
    bool operator==(const State&) const = default;
  };
  static State state_of(const struct stat& status);
  void open_file(const std::string& path);
  void open_standard_input();
  void begin_copy(std::string path);
  void start();
  void start_utf16(std::size_t mark);
  bool append_decoded();
  void decode(std::string_view raw);
  std::size_t read_raw(char* out, std::size_t size);
  void wait_until_readable();
  void make_room(std::size_t bytes);
  void keep_decoded(std::string_view bytes);
  void digest_up_to(std::size_t position);
  [[noreturn]] void fail(const std::string& what) const;

  std::string name_;
  std::string label_;
  std::string copy_;
  std::string scratch_directory_;
  std::string carried_;
  bool continued_ = false;
  const Interrupt& interrupt_;
  Fd fd_;
  bool regular_ = false;          // reads never wait, and the bytes can be read again
  State opened_;                  // of a regular file
  std::uint64_t first_byte_ = 0;  // where a regular file's position stood
  std::uint64_t most_bytes_ = std::numeric_limits<std::uint64_t>::max();  // that are read
  Fd raw_copy_;
  Fd decoded_copy_;

  bool started_ = false;
  bool ended_ = false;
  std::uint64_t mark_ = 0;
  Encoding encoding_ = Encoding::utf8;
  std::optional<Utf16Decoder> utf16_;
  std::unique_ptr<char[]> raw_;  // UTF-16 before decoding

  std::unique_ptr<char[]> buffer_;
  bool holds_ = false;
  std::vector<std::unique_ptr<char[]>> held_;  // former buffers
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t raw_bytes_ = 0;
  std::unique_ptr<Sha256> digest_;
  std::size_t digested_ = 0;  // of the window; UTF-16: raw bytes go there as they come
};

}  // namespace bulkdrop::input
