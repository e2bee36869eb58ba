#include "bulkdrop/cli/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

constexpr Duration kLiveInterval = std::chrono::milliseconds(250);
constexpr Duration kEagerInterval = std::chrono::seconds(1);
constexpr Duration kFirstLogInterval = std::chrono::seconds(10);
constexpr Duration kLongestLogInterval = std::chrono::minutes(10);
// How long a reader of standard error who has stopped reading may hold up the run before lines are left out.
constexpr Duration kPatience = std::chrono::seconds(1);
constexpr std::size_t kPipeTakesAtOnce =
    4096;  // PIPE_BUF: what a pipe that is writable takes without waiting

bool is_dumb() {
  const char* terminal = ::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) == "dumb";
}

// A line from the terminal itself: the IDs may be coming through standard input. Empty when the person
// pressed Ctrl-C or Ctrl-D.
std::string read_line(int terminal, const run::Signals& signals) {
  std::string line;
  while (signals.stops() == 0) {
    pollfd wait{terminal, POLLIN, 0};
    if (::poll(&wait, 1, 100) <= 0) continue;
    char c = 0;
    const ssize_t n = ::read(terminal, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    if (c == '\n') return line;
    line.push_back(c);
  }
  return {};
}

}  // namespace

bool can_ask() {
  return ::isatty(STDERR_FILENO) == 1 && Fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)).get() >= 0;
}

int terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool wants_colour(int fd) {
  const char* no_colour = ::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && !is_dumb() && (no_colour == nullptr || *no_colour == '\0');
}

std::string plan_text(const run::Plan& plan) {
  std::string text;
  const auto line = [&](std::string_view label, const std::string& value) {
    text += fmt::format("  {:<12} {}\n", label, value);
  };
  if (!plan.url.empty()) line("server", printable(plan.url));
  if (!plan.account.empty()) line("account", printable(plan.account));
  for (const input::SourceInfo& source : plan.sources) {
    std::string about = fmt::format("{} ({}", source.name == "-" ? "standard input" : printable(source.name),
                                    input::name(source.format));
    if (!source.field.empty()) about += fmt::format(", ID from {}", printable(source.field));
    about += fmt::format(", {} row{}", grouped(source.rows), source.rows == 1 ? "" : "s");
    if (source.ignored_lines > 0)
      about += fmt::format(", {} other line{} ignored", grouped(source.ignored_lines),
                           source.ignored_lines == 1 ? "" : "s");
    if (!source.sha256.empty()) about += fmt::format(", SHA-256 {}…", source.sha256.substr(0, 12));
    line("input", about + ")");
  }
  for (const input::ProtectList& list : plan.protect_lists)
    line("protect list",
         fmt::format("{}: {} ID{}", printable(list.file), grouped(list.ids), list.ids == 1 ? "" : "s"));
  if (!plan.shard.is_whole()) line("shard", fmt::format("{} of {}", plan.shard.index + 1, plan.shard.count));
  line("rows", grouped(plan.rows));
  if (plan.duplicate > 0) line("duplicates", grouped(plan.duplicate));
  if (plan.protected_ > 0) line("protected", grouped(plan.protected_));
  if (plan.invalid > 0) line("invalid", grouped(plan.invalid));
  for (const std::string& example : plan.invalid_examples)
    text += fmt::format("               {}\n", printable(example));
  if (plan.invalid > plan.invalid_examples.size() && !plan.invalid_examples.empty())
    text +=
        fmt::format("               … and {} more\n", grouped(plan.invalid - plan.invalid_examples.size()));
  if (plan.settled > 0) line("settled", fmt::format("{} before", grouped(plan.settled)));
  if (plan.in_doubt > 0)
    line("in doubt", fmt::format("{} that may have been asked for before", grouped(plan.in_doubt)));
  line("to drop", fmt::format("{} session{}", grouped(plan.to_drop), plan.to_drop == 1 ? "" : "s"));
  for (const std::string& id : plan.first_ids) text += fmt::format("               {}\n", printable(id));
  if (plan.to_drop > plan.first_ids.size())
    text += fmt::format("               … and {} more\n", grouped(plan.to_drop - plan.first_ids.size()));
  return text;
}

std::string plan_json(const run::Plan& plan) {
  std::string text = "{\"schema\":1,\"dry_run\":true,\"url\":";
  if (plan.url.empty()) {
    text += "null";
  } else {
    append_json_string(text, plan.url);
  }
  text += ",\"shard\":";
  if (plan.shard.is_whole()) {
    text += "null";
  } else {
    append_json_string(text, input::text_of(plan.shard));
  }
  text += fmt::format(
      R"(,"rows":{},"to_drop":{},"counts":{{"invalid":{},"duplicate":{},"protected":{}}},"sources":[)",
      plan.rows, plan.to_drop, plan.invalid, plan.duplicate, plan.protected_);
  for (const input::SourceInfo& source : plan.sources) {
    if (&source != plan.sources.data()) text += ",";
    text += "{\"name\":";
    append_json_string(text, source.name);
    text += fmt::format(R"(,"format":"{}","field":)", input::name(source.format));
    append_json_string(text, source.field);
    text += fmt::format(R"(,"rows":{},"ignored_lines":{}}})", source.rows, source.ignored_lines);
  }
  text += R"(],"protect_lists":[)";
  for (const input::ProtectList& list : plan.protect_lists) {
    if (&list != plan.protect_lists.data()) text += ",";
    text += "{\"name\":";
    append_json_string(text, list.file);
    text += fmt::format(R"(,"ids":{}}})", list.ids);
  }
  return text + "]}\n";
}

Terminal::Terminal(run::Signals& signals, ProgressMode mode, Verbosity verbosity, TimePoint now)
    : signals_(signals),
      verbosity_(verbosity),
      live_(::isatty(STDERR_FILENO) == 1 && !is_dumb()),
      interval_(live_                          ? kLiveInterval
                : mode == ProgressMode::always ? kEagerInterval
                                               : kFirstLogInterval),
      next_progress_(now + interval_),
      patience_(kPatience),
      progress_(now) {
  const bool silent =
      mode == ProgressMode::never || (verbosity == Verbosity::quiet && mode != ProgressMode::always);
  if (silent) next_progress_ = TimePoint::max();
}

// For what must be seen before anything goes on.
void Terminal::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody listens: no reason to stop dropping
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool Terminal::is_read() {
  pollfd wait{STDERR_FILENO, POLLOUT, 0};
  const TimePoint before = std::chrono::steady_clock::now();
  const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(patience_);
  const bool ready = ::poll(&wait, 1, static_cast<int>(longest.count())) > 0;
  patience_ =
      ready ? kPatience : std::max(Duration::zero(), patience_ - (std::chrono::steady_clock::now() - before));
  return ready;
}

// For lines that tell how it goes. Somebody who scrolls back in a pager, or pressed Ctrl-S, must not stop the
// run, nor keep a signal from being seen.
void Terminal::tell(std::string text) {
  if (unread_lines_ > 0)
    text.insert(0, fmt::format("bulkdrop: ({} lines were left out: nobody read them)\n", unread_lines_));
  std::string_view rest = text;
  while (!rest.empty()) {
    if (!is_read()) {
      ++unread_lines_;
      return;
    }
    write(rest.substr(0, kPipeTakesAtOnce));
    rest.remove_prefix(std::min(rest.size(), kPipeTakesAtOnce));
  }
  unread_lines_ = 0;
}

bool Terminal::logs(run::Level level) const {
  switch (level) {
    case run::Level::error:
      return true;
    case run::Level::debug:
      return verbosity_ == Verbosity::verbose;
    default:
      return verbosity_ != Verbosity::quiet;
  }
}

void Terminal::log(run::Level level, std::string_view text) {
  if (!logs(level)) return;
  end_progress();
  const std::string_view prefix = level == run::Level::error     ? "error: "
                                  : level == run::Level::warning ? "warning: "
                                                                 : "";
  tell(fmt::format("bulkdrop: {}{}\n", prefix, printable(text)));
}

bool Terminal::confirm(const run::Plan& plan) {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal)
    throw Error(ExitCode::usage,
                fmt::format("nobody can be asked: without a terminal, give --yes, or --confirm {} to go on "
                            "only if exactly so many sessions would be dropped",
                            plan.to_drop));
  write("This will terminate sessions:\n" + plan_text(plan) +
        fmt::format("\nType the number of sessions ({}) to drop them, anything else to leave: ",
                    grouped(plan.to_drop)));
  std::string typed = read_line(terminal.get(), signals_);
  std::erase(typed, ',');
  std::erase(typed, '.');
  return trimmed(typed) == fmt::format("{}", plan.to_drop);
}

void Terminal::progress(const report::Snapshot& snapshot, TimePoint now, bool asked) {
  const int width = live_ ? terminal_width(STDERR_FILENO) - 1 : 160;
  const std::string line = progress_.line(snapshot, now, width);
  if (live_ && !asked) {
    tell(fmt::format("\r{}\x1B[K", line));
    on_screen_ = true;
  } else {
    end_progress();
    tell(line + "\n");
  }
  if (next_progress_ == TimePoint::max()) return;
  next_progress_ = now + interval_;
  // A long run in a log should not fill it: the lines come further and further apart.
  if (!live_ && interval_ >= kFirstLogInterval)
    interval_ = std::min<Duration>(interval_ * 2, kLongestLogInterval);
}

void Terminal::end_progress() {
  if (!on_screen_) return;
  tell("\r\x1B[K");
  on_screen_ = false;
}

}  // namespace bulkdrop::cli
