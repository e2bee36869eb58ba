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
  if (found_ || answer.error == TransportError::cancelled) return false;
  if (answer.error != TransportError::resolve_failed) {
    found_ = true;
    since_.reset();
    return false;
  }
  const bool first = !since_;
  if (first) since_ = answer.started;
  words_ = shortened(printable(answer.error_text), kMostWords);
  return first;
}

TimePoint FirstContact::gives_up_at() const {
  return since_ ? *since_ + patience_ : TimePoint::max();
}

std::optional<Stop> FirstContact::stop(TimePoint now) const {
  if (now < gives_up_at()) return std::nullopt;
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
