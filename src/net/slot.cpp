#include "bulkdrop/net/slot.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::net {
namespace {

constexpr std::size_t kFirstBodyBytes = 1024;

// A setting that libcurl refuses is a bug of ours or an option that this libcurl lacks: never go on without
// it.
template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (::curl_easy_setopt(easy, option, value) != CURLE_OK)
    throw Error(ExitCode::usage, "libcurl refuses an option: " + std::to_string(option));
}

long milliseconds(Duration duration) {
  return static_cast<long>(
      std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()));
}

}  // namespace

TransportError transport_error(CURLcode code, int wire_sends) {
  switch (code) {
    case CURLE_OK:
      return TransportError::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransportError::resolve_failed;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return TransportError::connect_failed;
    case CURLE_OPERATION_TIMEDOUT:
      return wire_sends > 0 ? TransportError::timed_out : TransportError::connect_failed;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return TransportError::tls_untrusted;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CLIENTCERT:
      return TransportError::tls_failed;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return wire_sends > 0 ? TransportError::connection_lost : TransportError::connect_failed;
    default:
      return TransportError::unusable;
  }
}

Slot::Slot(const TransportOptions& options, curl_slist* resolve, CURLSH* share, OpenSockets& sockets,
           std::size_t lane)
    : easy_(::curl_easy_init()), sockets_(sockets), lane_(lane), timeout_(options.timeout) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_SHARE, share);
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  // The ID has been checked; libcurl must not rewrite the path around it.
  set(easy_, CURLOPT_PATH_AS_IS, 1L);
  set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy_, CURLOPT_PROXY, options.proxy.c_str());
  set(easy_, CURLOPT_NOPROXY, "");
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(options.connect_timeout, options.timeout)));
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.cacert.empty()) set(easy_, CURLOPT_CAINFO, options.cacert.c_str());
  if (!options.cert.empty()) set(easy_, CURLOPT_SSLCERT, options.cert.c_str());
  if (!options.key.empty()) set(easy_, CURLOPT_SSLKEY, options.key.c_str());
  if (!options.pinned_pubkey.empty()) set(easy_, CURLOPT_PINNEDPUBLICKEY, options.pinned_pubkey.c_str());
  if (resolve != nullptr) set(easy_, CURLOPT_RESOLVE, resolve);
  set(easy_, CURLOPT_PREREQFUNCTION, &Slot::on_wire);
  set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  sockets_.attach(easy_);
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
  unfit_connection_ = false;
  too_large_ = false;
  sink_is_full_ = false;
  sink_ = request.sink;
  body_size_ = 0;
  error_[0] = '\0';
  if (wants_new_connection_) {
    wants_new_connection_ = false;
    set(easy_, CURLOPT_FRESH_CONNECT, 0L);
  }
  if (request.idle_timeout || idle_timeout_) set_timeouts(request, now);
  set(easy_, CURLOPT_URL, request.url);
  if (headers_ != request.headers) {
    headers_ = request.headers;
    set(easy_, CURLOPT_HTTPHEADER, headers_ ? headers_->list() : nullptr);
  }
  if (method_ != request.method) {
    method_ = request.method;
    set(easy_, CURLOPT_HTTPGET, 1L);
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
  if (connections_made == 0 && slot.sockets_.has_unread(local_port)) {
    slot.unfit_connection_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++slot.wire_sends_;
  return CURL_PREREQFUNC_OK;
}

std::size_t Slot::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& slot = *static_cast<Slot*>(self);
  const std::string_view bytes(data, size * count);
  if (slot.idle_timeout_) slot.idle_deadline_ = std::chrono::steady_clock::now() + *slot.idle_timeout_;
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
void Slot::set_timeouts(const Request& request, TimePoint now) {
  idle_timeout_ = request.idle_timeout;
  set(easy_, CURLOPT_TIMEOUT_MS, idle_timeout_ ? 0L : milliseconds(timeout_));
  idle_deadline_ = idle_timeout_ ? now + *idle_timeout_ : TimePoint::max();
  seen_head_bytes_ = 0;
}

bool Slot::is_idle(TimePoint now) {
  if (now < idle_deadline_) return false;
  // The body moves the deadline as it comes; the head, which libcurl keeps to itself, only here.
  long head = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &head);
  if (head == seen_head_bytes_) return true;
  seen_head_bytes_ = head;
  idle_deadline_ = now + *idle_timeout_;
  return false;
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

bool Slot::turn_to_new_connection() {
  if (!unfit_connection_) return false;
  unfit_connection_ = false;
  wants_new_connection_ = true;
  error_[0] = '\0';
  set(easy_, CURLOPT_FRESH_CONNECT, 1L);
  return true;
}

Answer Slot::answer(CURLcode code, TimePoint now) {
  if (body_capacity_ == 0) append("");
  Answer answer;
  answer.ticket = ticket_;
  answer.wire_sends = wire_sends_;
  answer.error = sent_twice_     ? TransportError::sent_twice
                 : too_large_    ? TransportError::too_large
                 : sink_is_full_ ? TransportError::cancelled
                                 : transport_error(code, wire_sends_);
  if (answer.error != TransportError::none)
    answer.error_text = error_[0] != '\0' ? std::string_view(error_.data()) : ::curl_easy_strerror(code);
  long status = 0;
  ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer.http_status = static_cast<int>(status);
  answer.body = {body_.get(), body_size_};
  answer.headers = status != 0 ? this : nullptr;
  answer.started = started_;
  answer.finished = now;
  return answer;
}

Answer Slot::cancelled(TimePoint now) {
  Answer answer = this->answer(CURLE_ABORTED_BY_CALLBACK, now);
  answer.error = TransportError::cancelled;
  answer.error_text = "cut by the second interrupt";
  return answer;
}

Answer Slot::idled(TimePoint now) {
  Answer answer = this->answer(CURLE_OPERATION_TIMEDOUT, now);
  answer.error_text = "nothing came for too long";
  return answer;
}

void Slot::forget() {
  wipe(form_);
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
