#include "bulkdrop/run/proof.hpp"

#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/notes.hpp"

namespace bulkdrop::run {
namespace {

Stop stopped_by_signal(const Error& error, std::string_view when) {
  return {StopKind::signal, error.code(),
          fmt::format("the signal came after the last answer, while {}", when)};
}

Stop broken(const Error& error) {
  return {StopKind::io, error.code(), error.what()};
}

}  // namespace

Proof::Proof(const std::optional<VerifySettings>& verify, const std::optional<WatchSettings>& watch,
             FetchParts parts, bool ids_ignore_case)
    : verify_settings_(verify), watch_settings_(watch), parts_(std::move(parts)) {
  if (watch) losses_.emplace(ids_ignore_case, watch->zone);
}

std::optional<Stop> Proof::before(const record::RowStore& store, record::Journal& journal) {
  if (!losses_ || store.to_drop() == 0) return std::nullopt;
  try {
    const auto failure = look_before(*watch_settings_, parts_, store, losses_->ids_ignore_case(), *losses_);
    // A signal is the loop's matter, which has sent nothing yet.
    if (!failure || parts_.signals.stops() > 0) return std::nullopt;
    const std::string words = fmt::format(
        "--watch: there is no session list from before the drops, so that fewer users will be recognised: {}",
        failure->what());
    journal.event("watch", words, parts_.clock.wall());
    parts_.console.log(Level::warning, words);
    if (failure->code() == ExitCode::not_allowed && !parts_.credentials.usable() &&
        parts_.credentials.wakes_at() == TimePoint::max())
      return Stop{StopKind::auth, failure->code(), failure->what()};
    return std::nullopt;
  } catch (const Error& error) {
    return broken(error);
  }
}

std::optional<Stop> Proof::verify(const SettledRun& run) {
  if (!verify_settings_) return std::nullopt;
  try {
    const Verification verification =
        verify_rows(*verify_settings_, parts_, run, losses_ ? &*losses_ : nullptr);
    if (verification.failure) {
      unverified_ = true;
      if (parts_.signals.stops() > 0)
        return stopped_by_signal(*verification.failure, "the outcome was held against the session list");
      no_list(verification, run.journal);
    }
    // A server that is away may come back; one that shows us no list will not.
    will_watch_ = losses_ && run.store.to_drop() > 0 &&
                  (!verification.failure || verification.failure->code() == ExitCode::safety_limit);
    return std::nullopt;
  } catch (const Error& error) {
    return broken(error);
  }
}

void Proof::no_list(const Verification& verification, record::Journal& journal) {
  const std::string why = verification.failure->what();
  if (verification.active_once > 0) {
    parts_.console.log(Level::error,
                       fmt::format("--verify: there is no second list, so that {} listed as active {} "
                                   "unknown; try `bulkdrop verify` later. {}",
                                   grouped(verification.active_once),
                                   verification.active_once == 1 ? "session stays" : "sessions stay", why));
    return;
  }
  const WallTime now = parts_.clock.wall();
  journal.note(kUnverifiedNote, unverified_json({now, why}), now);
  parts_.console.log(
      Level::error,
      fmt::format(
          "--verify: there is no session list to hold the outcome against, so it stands as the server "
          "answered; try `bulkdrop verify` later. {}",
          why));
}

std::optional<Stop> Proof::watch(const SettledRun& run) {
  try {
    watched_ = watch_reconnections(*watch_settings_, parts_, run, *losses_);
    if (watched_->failure && parts_.signals.stops() > 0)
      return stopped_by_signal(*watched_->failure, "the session list was watched for reconnections");
    return std::nullopt;
  } catch (const Error& error) {
    return broken(error);
  }
}

ExitCode Proof::exit_code(ExitCode code) const {
  if (unverified_ && code == ExitCode::all_gone) code = ExitCode::some_may_live;
  return watched_ ? exit_code_after_watch(code, *watched_) : code;
}

}  // namespace bulkdrop::run
