#include "bulkdrop/report/reconnection.hpp"

#include <string_view>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kMostBytes = 500;
constexpr std::size_t kMostValueBytes = 80;

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

}  // namespace

std::string who_reconnected(const Reconnection& session) {
  std::string words;
  const auto add = [&](std::string_view label, const std::string& text) {
    if (text.empty()) return;
    if (!words.empty()) words += ", ";
    words += label;
    words += shortened(printable(text), kMostValueBytes);
  };
  add("user ", session.user);
  add("credential ", session.credential);
  add("device ", session.device);
  add("from ", session.origin_ip);
  add("", session.protocol);
  add("since ", session.start);
  if (session.ended) words += ", has ended";
  return shortened(words, kMostBytes);
}

std::string watched_words(const Watched& watched, std::string (*time)(WallTime)) {
  if (watched.sessions_lost == 0) return "no session was lost, so that nobody could come back";
  std::string words;
  if (watched.until)
    words = fmt::format("{} from {} to {}: ", counted(watched.lists, "list", "lists"), time(watched.from),
                        time(*watched.until));
  else
    words = fmt::format("no list since {}: ", time(watched.from));
  const std::string lost = counted(watched.users_lost, "user", "users");
  if (watched.sessions == 0) {
    words += fmt::format("none of {} who lost a session was seen with a new one", lost);
  } else {
    words += fmt::format("{} of {} who lost a session opened {}, ", grouped(watched.users), lost,
                         counted(watched.sessions, "new one", "new ones"));
    words += watched.alive == watched.sessions
                 ? std::string(watched.sessions == 1 ? "which is alive" : "all of them alive")
                 : fmt::format("{} of them alive", grouped(watched.alive));
  }
  if (watched.user_unknown > 0)
    words += fmt::format("; whose {} {}, no list told",
                         counted(watched.user_unknown, "lost session", "lost sessions"),
                         watched.user_unknown == 1 ? "was" : "were");
  if (!watched.complete) words += "; cut short";
  return words;
}

// The file holds what can be dropped.
std::string more_reconnected(const Watched& watched) {
  const std::uint64_t more = watched.sessions - watched.shown.size();
  if (watched.alive == watched.sessions)
    return fmt::format("… and {} more: see {}", grouped(more), kReconnectedFile);
  if (watched.alive == 0) return fmt::format("… and {} more: see journal.jsonl", grouped(more));
  return fmt::format("… and {} more: {} has those that are alive, journal.jsonl all of them", grouped(more),
                     kReconnectedFile);
}

}  // namespace bulkdrop::report
