// The emulated server without its sockets: a request goes in, bytes and what to do next come out. For one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/sandbox/authenticator.hpp"
#include "bulkdrop/sandbox/envelopes.hpp"
#include "bulkdrop/sandbox/fault_shapes.hpp"
#include "bulkdrop/sandbox/faults.hpp"
#include "bulkdrop/sandbox/ledger.hpp"
#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/rate_limit.hpp"
#include "bulkdrop/sandbox/reply.hpp"
#include "bulkdrop/sandbox/request.hpp"
#include "bulkdrop/sandbox/session_table.hpp"

namespace bulkdrop::sandbox {

// What lies between a request and the last byte of its answer. Each connection has one and uses it again.
struct Exchange {
  std::string session_id;
  std::string rate_headers;
  std::uint64_t request_id = 0;
  std::uint64_t seq = 0;
  WallTime received{};
  std::uint32_t index = SessionTable::kNone;
  std::uint32_t nth_of_id = 0;
  std::uint64_t at_once = 0;
  std::uint32_t next_record = 0;  // of the session list
  std::uint32_t last_record = 0;  // where a list that is cut stops
  std::optional<Fault> fault;
  bool v4 = true;
  bool close = false;
  bool http_1_0 = false;
  bool head_only = false;
  bool list_is_cut = false;
  bool list_is_chunked = true;
};

class Service {
 public:
  // `options` and `clock` must outlive it. Makes the sessions; throws Error(usage) for a wrong --faults,
  // Error(run_directory) for a ledger that can't be opened.
  Service(const Options& options, const Clock& clock);

  // Answers `request`, or begins to: Then::work asks for a call of finish() after work_time(), Then::more for
  // one of more_of_list() once `out` is sent.
  Then begin(const Request& request, Exchange& exchange, std::string& out);
  // How long a worker takes for this drop.
  [[nodiscard]] Duration work_time(const Exchange& exchange) const;
  Then finish(Exchange& exchange, std::string& out);
  // The sandbox stops before the drop was carried out.
  void abandon(const Exchange& exchange);
  Then more_of_list(Exchange& exchange, std::string& out);
  // For a request that is not HTTP or too large: always Then::close.
  Then refuse(int status, std::string& out);

  // Call before any byte of an answer leaves.
  void flush_ledger() { ledger_.flush(); }
  [[nodiscard]] const SessionTable& sessions() const { return sessions_; }

 private:
  enum class Route : std::uint8_t { token, drop, list, record, unknown };
  struct Matched {
    Route route;
    std::string_view argument;
    bool v4;
  };
  [[nodiscard]] static Matched match(std::string_view path);
  // Opens the sessions of the users who are back by now (--reconnect).
  void reconnect_users();
  Then route(const Request& request, const Matched& matched, Exchange& exchange, std::string& out);
  Then token(const Request& request, Exchange& exchange, std::string& out);
  Then begin_list(Exchange& exchange, std::string& out);
  Then record(std::string_view numeric_id, Exchange& exchange, std::string& out);
  Then answer(int status, std::string_view body, const Exchange& exchange, std::string& out);
  Then answer_faulty(FaultKind kind, const TrueAnswer& truth, const Exchange& exchange, std::string& out);
  void arrive(std::string_view raw_id, bool v4, Exchange& exchange);
  void enter(const Exchange& exchange, std::string_view answer, bool ended);
  [[nodiscard]] ReplyContext context(const Exchange& exchange);
  [[nodiscard]] std::int64_t unix_now() const;

  const Options& options_;
  const Clock& clock_;
  SessionTable sessions_;
  FaultPlan faults_;
  Ledger ledger_;
  Envelopes envelopes_;
  Authenticator authenticator_;
  RateLimit rate_limit_;
  DateText date_;
  struct Return {
    TimePoint at;
    std::uint32_t index;  // of the session that was ended
    std::uint64_t seq;    // of the request that did it
  };
  std::deque<Return> returns_;                                  // in order
  Random chance_;                                               // who returns
  std::unordered_map<std::string, std::uint32_t> unknown_ids_;  // drop requests for each, bounded
  std::uint64_t requests_ = 0;
  std::uint64_t drops_ = 0;
  std::uint64_t undecided_drops_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t lists_ = 0;
};

}  // namespace bulkdrop::sandbox
