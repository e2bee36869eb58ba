// Reads the server's list answer as it comes, one record in memory at a time.
//
// The answer is an object with a `remote_sessions` array among its members, or such an array alone. It counts
// as read only when it was complete and valid to its last byte: a list that was cut would look like a shorter
// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bulkdrop/core/json_scanner.hpp"
#include "bulkdrop/pam/envelope.hpp"
#include "bulkdrop/pam/listed_session.hpp"

namespace bulkdrop::pam {

class SessionListReader {
 public:
  using Take = std::function<void(const ListedSession& session)>;

  // A record, or any other member of the answer, that is longer is an error.
  static constexpr std::size_t kMaxRecordBytes = std::size_t{1024} * 1024;

  // `take` gets every session, also those without a usable ID, and may throw.
  explicit SessionListReader(Take take);

  // The next bytes of the answer. False if it can't be used, whatever follows: see problem().
  bool feed(std::string_view chunk);
  // To be called at the end of the answer. False if it was not complete and valid, or is an error and no
  // list.
  bool finish();

  // What is wrong and at which byte, for a person; empty while all is well.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // True if the answer began as nothing that a PAM server sends: HTML, an empty body.
  [[nodiscard]] bool is_foreign() const { return foreign_; }
  // After finish(): the answer without its records, where that is an error: a body for the Judge. Followed by
  // kBodyPadding readable bytes; empty if there is none.
  [[nodiscard]] std::string_view refusal() const;

  [[nodiscard]] std::uint64_t sessions() const { return sessions_; }
  // Elements of the list that are no objects: nothing can be said about them.
  [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

 private:
  enum class Place : std::uint8_t {
    before_document,
    first_key,  // or the end of an empty object
    key,
    colon,
    value,
    after_value,
    first_record,  // or the end of an empty list
    record,
    after_record,
    after_document,
  };
  enum class Step : std::uint8_t { go_on, need_more, broken };

  Step step();
  Step begin_document(char c);
  Step begin_value(char c);
  Step in_list(char c);
  Step begin_scan();
  // Finds the value at position_ whole: `text` is then that, and position_ behind it.
  Step whole_value(std::string_view& text);
  Step read_key();
  Step read_member();
  Step read_record();
  Step close(Place next);
  Step expected(std::string_view what);
  Step fail(const std::string& what);
  void skip_mark();
  void make_room();
  bool check_envelope();
  [[nodiscard]] std::uint64_t offset() const { return dropped_ + position_; }

  Take take_;
  RecordReader records_;
  JsonScanner scanner_;
  ListedSession session_;
  EnvelopeReader envelopes_;
  Place place_ = Place::before_document;
  bool in_object_ = false;  // the document is an object
  bool mark_done_ = false;  // the byte order mark is behind us, if there was one
  bool in_value_ = false;   // the scanner is inside the value that begins at value_start_
  bool has_list_ = false;   // `remote_sessions` was there
  bool null_list_ = false;  // … and is null
  bool foreign_ = false;
  std::string buffer_;  // filled_ bytes of the answer, then kBodyPadding others
  std::size_t filled_ = 0;
  std::size_t position_ = 0;
  std::size_t value_start_ = 0;
  std::uint64_t dropped_ = 0;  // bytes of the answer in front of the buffer
  std::string key_;
  std::string envelope_;  // the members that speak of success or failure, as one object
  std::size_t envelope_size_ = 0;
  std::string problem_;
  std::uint64_t sessions_ = 0;
  std::uint64_t unreadable_ = 0;
};

}  // namespace bulkdrop::pam
