// One request in flight at most: an easy handle that is set up once and reused, and the memory for its
// answer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/answer_head.hpp"
#include "bulkdrop/net/connections.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"

namespace bulkdrop::net {

class Slot final : public HeaderFields {
 public:
  // `resolve`, `share` and `connections` must outlive the slot.
  Slot(const TransportOptions& options, curl_slist* resolve, CURLSH* share, Connections& connections,
       std::size_t lane);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() override;

  void prepare(const Request& request, TimePoint now);
  // True if the transfer ended because the kept connection that libcurl chose was unfit: nothing was sent,
  // and the connection is closed. Makes the transfer ready to be added again, for a connection of its own.
  bool turn_to_new_connection();
  // The answer of the transfer that ended with `code`; lives until the next prepare().
  Answer answer(CURLcode code, TimePoint now);
  // The answer of a transfer that was cut.
  Answer cancelled(TimePoint now);
  // When the transfer has lasted for too long or, with an idle timeout, been silent for too long.
  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  // True if that time came before `looked`, when all that had come was read. A later deadline may stand after
  // it.
  bool is_overdue(TimePoint looked);
  // The answer of a transfer that was cut for that.
  Answer overdue(TimePoint now);
  // This process did not run for so long until now: the transfer may last that much longer.
  void give_back(Duration lost, TimePoint now);
  // Forgets what may be secret.
  void forget();

  [[nodiscard]] CURL* easy() const { return easy_; }
  [[nodiscard]] std::size_t lane() const { return lane_; }
  [[nodiscard]] std::string value(const char* name) const override;
  [[nodiscard]] bool disagrees(const char* name) const override;

  std::size_t place = 0;  // in its pool's list of active slots

 private:
  static int on_wire(void* self, char*, char*, int, int local_port);
  static std::size_t on_head_line(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  bool receive(std::string_view data);
  bool append(std::string_view data);
  [[nodiscard]] bool found_none_open() const;
  [[nodiscard]] bool is_named() const;
  [[nodiscard]] bool is_out_of_step(TimePoint now);
  [[nodiscard]] bool ran_into_another(CURLcode code) const;
  void explain(Answer& answer, CURLcode code) const;
  void set_deadline(const Request& request, TimePoint now);

  CURL* easy_;
  Connections& connections_;
  std::size_t lane_;
  bool http2_;  // was asked for
  std::uint64_t ticket_ = 0;
  Method method_ = Method::get;
  std::shared_ptr<const HeaderLines> headers_;
  std::string form_;
  Duration timeout_;
  Duration connect_timeout_;
  Duration connect_extra_{};  // given back to this request
  BodySink* sink_ = nullptr;
  std::optional<Duration> idle_timeout_;
  TimePoint deadline_ = TimePoint::max();
  long seen_head_bytes_ = 0;
  TimePoint started_{};
  int wire_sends_ = 0;
  bool sent_twice_ = false;
  bool plain_ = false;  // http: the server has nothing to say before we have
  std::uint64_t connection_ = 0;
  bool last_on_connection_ = false;
  AnswerHead head_;
  std::size_t body_pieces_ = 0;
  bool unfit_connection_ = false;
  int unfit_connections_ = 0;      // for this request
  bool connection_ended_ = false;  // the last of them was closed by the server
  bool wants_new_connection_ = false;
  bool too_large_ = false;
  bool sink_is_full_ = false;
  std::unique_ptr<char[]> body_;
  std::size_t body_size_ = 0;
  std::size_t body_capacity_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace bulkdrop::net
