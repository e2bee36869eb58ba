#include "bulkdrop/run/list_run.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/near_names.hpp"
#include "bulkdrop/run/spool.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kExampleBytes = 80;

// Counts what a person should look at, and keeps the first as an example.
struct Oddity {
  std::uint64_t count = 0;
  std::string example;
  void add(std::string_view text) {
    if (count++ == 0) example = shortened(printable(text), kExampleBytes);
  }
};

std::string described(const pam::ListedSession& session) {
  return fmt::format("id {} of user '{}' with session ID '{}'", session.id, session.user, session.session_id);
}

class Listing final : public SessionTaker {
 public:
  Listing(const ListSettings& settings, WallTime now)
      : settings_(settings),
        now_(now),
        spool_(settings.spool_directory),
        filter_(settings.filter, now),
        names_(settings.filter) {}

  void restart() override {
    filter_ = pam::SessionFilter(settings_.filter, now_);
    names_.forget();
    spool_.clear();
    listed_ = 0;
    unusable_ = {};
    odd_end_ = {};
    append_list_heading(spool_.buffer(), settings_.format);
  }

  void take(const pam::ListedSession& session) override {
    names_.add(session);
    if (!filter_.passes(session)) return;
    ++listed_;
    if (!pam::has_usable_id(session)) unusable_.add(described(session));
    if (settings_.filter.active && pam::has_odd_end(session)) odd_end_.add(session.end);
    append_listed(spool_.buffer(), settings_.format, session, settings_.for_terminal);
    spool_.flush_if_large();
  }

  Spool& spool() { return spool_; }

  void tell(const FetchTally& tally, Console& console) const {
    const auto warn = [&](std::uint64_t count, const std::string& text) {
      if (count > 0) console.log(Level::warning, text);
    };
    warn(unusable_.count,
         fmt::format("sessions listed without a session ID that can be dropped: {}, such as {}",
                     grouped(unusable_.count), unusable_.example));
    warn(tally.unreadable,
         fmt::format("elements of the server's list that are no records, and not listed: {}",
                     grouped(tally.unreadable)));
    warn(odd_end_.count, fmt::format("sessions whose end is no time, counted as active: {}, such as '{}'",
                                     grouped(odd_end_.count), odd_end_.example));
    warn(filter_.unreadable_starts(),
         fmt::format("sessions whose start can't be read, so that they pass no time filter: {}, such as '{}'",
                     grouped(filter_.unreadable_starts()),
                     shortened(printable(filter_.unreadable_start()), kExampleBytes)));
    names_.tell(console);
    console.log(Level::info,
                fmt::format("{} of {} sessions listed", grouped(listed_), grouped(tally.sessions)));
  }

 private:
  const ListSettings& settings_;
  WallTime now_;
  Spool spool_;
  pam::SessionFilter filter_;
  NearNames names_;
  std::uint64_t listed_ = 0;
  Oddity unusable_;
  Oddity odd_end_;
};

}  // namespace

void list(const ListSettings& settings, const FetchParts& parts, int out, const std::string& out_name) {
  Listing listing(settings, parts.clock.wall());
  const FetchTally tally = fetch_sessions(settings.fetch, parts, listing);
  listing.spool().pour(out, out_name);
  listing.tell(tally, parts.console);
}

}  // namespace bulkdrop::run
