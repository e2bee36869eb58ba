#include "bulkdrop/run/first_contact.hpp"

#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostWords = 200;

// Which name it was, libcurl's words tell.
std::string_view option_of(std::string_view words) {
  return words.find("proxy") == std::string_view::npos ? "--url" : "--proxy";
}

}  // namespace

bool FirstContact::answered(const Answer& answer) {
  if (met_ || answer.error == TransportError::cancelled) return false;
  if (found_ || answer.error != TransportError::resolve_failed) return unreached(answer);
  const bool first = !since_;
  if (first) since_ = answer.started;
  words_ = shortened(printable(answer.error_text), kMostWords);
  return first;
}

// Always false: what it waits for, the credentials and the pacer tell.
bool FirstContact::unreached(const Answer& answer) {
  if (!found_) since_.reset();
  found_ = true;
  const bool away = answer.error == TransportError::resolve_failed ||
                    answer.error == TransportError::connect_failed ||
                    answer.error == TransportError::connection_lost;
  met_ = answer.http_status != 0 || !away || !first_answer_;
  if (met_) {
    since_.reset();
    return false;
  }
  if (!since_) since_ = answer.started;
  words_ = shortened(printable(answer.error_text), kMostWords);
  return false;
}

TimePoint FirstContact::gives_up_at() const {
  if (!since_) return TimePoint::max();
  return *since_ + (found_ ? *first_answer_ : patience_);
}

std::optional<Stop> FirstContact::stop(TimePoint now) const {
  if (now < gives_up_at()) return std::nullopt;
  if (found_)
    return Stop{StopKind::outage, ExitCode::safety_limit,
                fmt::format("the server never answered, for {} now: {}. Check host and port in --url, and "
                            "firewalls; --outage sets the patience with a server that is yet to come",
                            humane_duration(now - *since_), words_)};
  return Stop{
      StopKind::outage, ExitCode::safety_limit,
      fmt::format("the host name in {} can't be resolved, for {} now: {}. Nothing was sent. Check the name, "
                  "and this machine's DNS; --resolve gives an address by hand",
                  option_of(words_), humane_duration(now - *since_), words_)};
}

std::string FirstContact::warning() const {
  return fmt::format("the host name in {} can't be resolved ({}); trying for {}", option_of(words_), words_,
                     humane_duration(patience_));
}

}  // namespace bulkdrop::run
