#include "bulkdrop/net/slot.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/transport_errors.hpp"
#include "bulkdrop/net/transport_setup.hpp"

namespace bulkdrop::net {
namespace {

constexpr std::size_t kFirstBodyBytes = 1024;
// A server that speaks before it was asked does so on every connection.
constexpr int kUnfitConnections = 2;

}  // namespace

Slot::Slot(const TransportOptions& options, curl_slist* resolve, CURLSH* share, Connections& connections,
           std::size_t lane)
    : easy_(::curl_easy_init()),
      connections_(connections),
      lane_(lane),
      http2_(options.http2),
      timeout_(options.timeout),
      connect_timeout_(std::min(options.connect_timeout, options.timeout)) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy_, CURLOPT_SHARE, share);
  set_transport(easy_, options, resolve);
  // libcurl looks at its clock before it reads. An answer that came in time while this process was stopped
  // (SIGSTOP, a debugger, a machine that swaps) would count as none: the pool reads first.
  set(easy_, CURLOPT_TIMEOUT_MS, 0L);
  set(easy_, CURLOPT_PREREQFUNCTION, &Slot::on_wire);
  set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  connections_.attach(easy_);
  set(easy_, CURLOPT_HEADERFUNCTION, &Slot::on_head_line);
  set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_WRITEFUNCTION, &Slot::on_body);
  set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_ERRORBUFFER, error_.data());
}

Slot::~Slot() {
  ::curl_easy_cleanup(easy_);
  forget();
}

void Slot::prepare(const Request& request, TimePoint now) {
  ticket_ = request.ticket;
  started_ = now;
  wire_sends_ = 0;
  sent_twice_ = false;
  plain_ = std::strncmp(request.url, "http:", 5) == 0;
  unfit_connection_ = false;
  unfit_connections_ = 0;
  connection_ = 0;
  head_.begin();
  body_pieces_ = 0;
  too_large_ = false;
  sink_is_full_ = false;
  sink_ = request.sink;
  body_size_ = 0;
  error_[0] = '\0';
  if (wants_new_connection_) {
    wants_new_connection_ = false;
    set(easy_, CURLOPT_FRESH_CONNECT, 0L);
  }
  if (last_on_connection_) {
    last_on_connection_ = false;
    set(easy_, CURLOPT_FORBID_REUSE, 0L);
  }
  set_deadline(request, now);
  set(easy_, CURLOPT_URL, request.url);
  if (headers_ != request.headers) {
    headers_ = request.headers;
    set(easy_, CURLOPT_HTTPHEADER, headers_ ? headers_->list() : nullptr);
  }
  if (method_ != request.method) {
    method_ = request.method;
    set(easy_, CURLOPT_HTTPGET, 1L);
    if (method_ == Method::head) set(easy_, CURLOPT_NOBODY, 1L);
    set(easy_, CURLOPT_CUSTOMREQUEST, method_ == Method::del ? "DELETE" : static_cast<const char*>(nullptr));
  }
  if (method_ == Method::post) {
    form_.assign(request.body);
    set(easy_, CURLOPT_POST, 1L);
    set(easy_, CURLOPT_POSTFIELDS, form_.data());
    set(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(form_.size()));
  }
}

// Called once per request that libcurl is about to write. A reused connection that dies before the first byte
// of the answer makes libcurl send the request again, whatever the method: the second time is refused.
int Slot::on_wire(void* self, char*, char*, int, int local_port) {
  auto& slot = *static_cast<Slot*>(self);
  if (slot.wire_sends_ > 0) {
    slot.sent_twice_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  long connections_made = 1;
  ::curl_easy_getinfo(slot.easy_, CURLINFO_NUM_CONNECTS, &connections_made);
  const Connections::Use use = slot.connections_.before_request(
      local_port, {connections_made > 0 && !slot.plain_, slot.http2_ && !slot.plain_});
  if (!use.fit) {
    slot.unfit_connection_ = ++slot.unfit_connections_ <= kUnfitConnections;
    slot.connection_ended_ = use.ended;
    return CURL_PREREQFUNC_ABORT;
  }
  slot.connection_ = use.id;
  if (use.last) {
    slot.last_on_connection_ = true;
    ::curl_easy_setopt(slot.easy_, CURLOPT_FORBID_REUSE, 1L);
  }
  slot.head_.begin();  // what came before was a proxy's
  ++slot.wire_sends_;
  return CURL_PREREQFUNC_OK;
}

std::size_t Slot::on_head_line(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Slot*>(self)->head_.take({data, size * count});
  return size * count;
}

std::size_t Slot::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& slot = *static_cast<Slot*>(self);
  ++slot.body_pieces_;
  const std::string_view bytes(data, size * count);
  if (slot.idle_timeout_) slot.deadline_ = std::chrono::steady_clock::now() + *slot.idle_timeout_;
  return (slot.sink_ == nullptr ? slot.append(bytes) : slot.receive(bytes)) ? bytes.size() : 0;
}

bool Slot::receive(std::string_view data) {
  long status = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return append(data);
  sink_is_full_ = !sink_->take(data);
  return !sink_is_full_;
}

// libcurl's own low-speed limit counts in seconds and averages over five of them.
void Slot::set_deadline(const Request& request, TimePoint now) {
  idle_timeout_ = request.idle_timeout;
  deadline_ = now + idle_timeout_.value_or(timeout_);
  seen_head_bytes_ = 0;
  if (connect_extra_ == Duration::zero()) return;
  connect_extra_ = Duration::zero();
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect_timeout_));
}

bool Slot::is_overdue(TimePoint looked) {
  if (looked < deadline_) return false;
  if (!idle_timeout_) return true;
  // The body moves the deadline as it comes; the head, which libcurl keeps to itself, only here.
  long head = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &head);
  if (head == seen_head_bytes_) return true;
  seen_head_bytes_ = head;
  deadline_ = looked + *idle_timeout_;
  return false;
}

// A connection that is being made stays libcurl's, which tries a server's addresses in turn. It reads this
// limit anew each time (7.88, 8.14); if its timer has rung by then, the deadline is the end all the same.
void Slot::give_back(Duration lost, TimePoint now) {
  lost = std::min(lost, now - started_);
  deadline_ += lost;
  if (wire_sends_ > 0) return;
  connect_extra_ += lost;
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect_timeout_ + connect_extra_));
}

bool Slot::append(std::string_view data) {
  const std::size_t wanted = body_size_ + data.size();
  if (wanted > kMaxBodyBytes) {
    too_large_ = true;
    return false;
  }
  if (wanted + kBodyPadding > body_capacity_) {
    const std::size_t capacity = std::max({kFirstBodyBytes, 2 * body_capacity_, wanted + kBodyPadding});
    auto larger = std::make_unique<char[]>(capacity);
    if (body_size_ > 0) std::memcpy(larger.get(), body_.get(), body_size_);
    body_ = std::move(larger);
    body_capacity_ = capacity;
  }
  std::memcpy(body_.get() + body_size_, data.data(), data.size());
  body_size_ = wanted;
  return true;
}

// The answer came with the name of its request.
bool Slot::is_named() const {
  long version = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  return version == CURL_HTTP_VERSION_2_0;
}

// Of a complete answer: whether there was more than it.
bool Slot::is_out_of_step(TimePoint now) {
  if (is_named()) {
    connections_.answered_by_name(connection_, now);
    connection_ = 0;  // whatever comes later, it says nothing about this answer
    return false;
  }
  curl_off_t length = -1;
  curl_off_t body = 0;
  long head = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  ::curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &body);
  ::curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &head);
  const bool chunked = length < 0 && !value("Transfer-Encoding").empty();
  return connections_.answered(
      connection_, {static_cast<std::size_t>(head + body), body_pieces_, plain_ && !chunked}, now);
}

// A line that libcurl refuses is not told to us. It is whole: where an answer is cut, none is refused.
bool Slot::ran_into_another(CURLcode code) const {
  return !is_named() && ((code == CURLE_WEIRD_SERVER_REPLY && head_.within()) || head_.ran_into_another() ||
                         holds_another_answer({body_.get(), body_size_}));
}

bool Slot::turn_to_new_connection() {
  if (!unfit_connection_) return false;
  unfit_connection_ = false;
  wants_new_connection_ = true;
  error_[0] = '\0';
  set(easy_, CURLOPT_FRESH_CONNECT, 1L);
  return true;
}

// The server takes connections and closes them: one that is overloaded, or a gateway with nothing behind it.
bool Slot::found_none_open() const {
  return wire_sends_ == 0 && unfit_connections_ > kUnfitConnections && connection_ended_;
}

Answer Slot::answer(CURLcode code, TimePoint now) {
  if (body_capacity_ == 0) append("");
  Answer answer;
  answer.ticket = ticket_;
  answer.wire_sends = wire_sends_;
  answer.error = sent_twice_         ? TransportError::sent_twice
                 : too_large_        ? TransportError::too_large
                 : sink_is_full_     ? TransportError::cancelled
                 : found_none_open() ? TransportError::connect_failed
                                     : transport_error(code, wire_sends_);
  if (answer.error == TransportError::connection_lost && tells_of_our_certificate(error_.data()))
    answer.error = TransportError::tls_failed;
  if (answer.error == TransportError::none && !head_.complete())
    answer.error = TransportError::connection_lost;
  if (ran_into_another(code)) {
    connections_.distrust(connection_);
    if (answer.error == TransportError::none) answer.error = TransportError::out_of_step;
  }
  if (answer.error != TransportError::none) {
    connections_.failed(connection_);
  } else if (is_out_of_step(now)) {
    answer.error = TransportError::out_of_step;
  }
  if (answer.error != TransportError::none) explain(answer, code);
  answer.connection = connection_;
  long status = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer.http_status = static_cast<int>(status);
  answer.body = {body_.get(), body_size_};
  answer.headers = status != 0 ? this : nullptr;
  answer.started = started_;
  answer.finished = now;
  return answer;
}

void Slot::explain(Answer& answer, CURLcode code) const {
  long connect_status = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  if (wire_sends_ == 0 && connect_status >= 400 && connect_status < 500)
    answer.error = TransportError::proxy_refused;
  if (sent_twice_)
    answer.error_text = "the kept connection died before the answer came";
  else if (answer.error == TransportError::out_of_step)
    answer.error_text = "more came than one answer: which request it belongs to is not known";
  else if (answer.error == TransportError::connection_lost && code == CURLE_OK)
    answer.error_text = "the connection was closed inside the head of the answer";
  else if (found_none_open())
    answer.error_text = "the server closes connections before it is asked";
  else if (code == CURLE_GOT_NOTHING && plain_ && !connections_.ever_answered())
    answer.error_text = kClosedUnanswered;
  else if (unfit_connections_ > kUnfitConnections)
    answer.error_text = "the server speaks before it is asked";
  else
    answer.error_text = in_plain_words(error_[0] != '\0' ? error_.data() : ::curl_easy_strerror(code));
}

Answer Slot::cancelled(TimePoint now) {
  Answer answer = this->answer(CURLE_ABORTED_BY_CALLBACK, now);
  answer.error = TransportError::cancelled;
  answer.error_text = "cut by the second interrupt";
  return answer;
}

Answer Slot::overdue(TimePoint now) {
  Answer answer = this->answer(CURLE_OPERATION_TIMEDOUT, now);
  const auto end = fmt::format_to_n(error_.data(), error_.size() - 1, "{} within {}",
                                    idle_timeout_      ? "not a byte came"
                                    : wire_sends_ == 0 ? "no connection"
                                                       : "no complete answer",
                                    humane_duration(idle_timeout_.value_or(timeout_)));
  *end.out = '\0';
  answer.error_text = error_.data();
  return answer;
}

void Slot::forget() {
  wipe(form_);
}

bool Slot::disagrees(const char* name) const {
  curl_header* header = nullptr;
  if (::curl_easy_header(easy_, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK || header->amount == 1)
    return false;
  const std::string first(trimmed(header->value));
  for (std::size_t i = 1, all = header->amount; i < all; ++i)
    if (::curl_easy_header(easy_, name, i, CURLH_HEADER, -1, &header) != CURLHE_OK ||
        trimmed(header->value) != first)
      return true;
  return false;
}

std::string Slot::value(const char* name) const {
  // The last field of that name in the final response; a proxy's or a 1xx answer's fields don't count.
  curl_header* header = nullptr;
  if (::curl_easy_header(easy_, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  if (header->amount > 1) ::curl_easy_header(easy_, name, header->amount - 1, CURLH_HEADER, -1, &header);
  // libcurl 7.88 leaves the line's CR in an empty value.
  return std::string(trimmed(header->value));
}

}  // namespace bulkdrop::net
