#include "bulkdrop/cli/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "bulkdrop/cli/plan_text.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/text_page.hpp"

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
  return terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
}

// A line from the terminal itself: the IDs may be coming through standard input. Nothing when the person
// pressed Ctrl-C or Ctrl-D: then the cursor still stands behind the question.
std::optional<std::string> read_line(int terminal, const run::Signals& signals) {
  std::string line;
  while (signals.stops() == 0) {
    pollfd wait{terminal, POLLIN, 0};
    if (::poll(&wait, 1, 100) <= 0) continue;
    char c = 0;
    const ssize_t n = ::read(terminal, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    if (c == '\n') return line;
    line.push_back(c);
  }
  return std::nullopt;
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

Terminal::Terminal(run::Signals& signals, const TerminalOptions& options, const Clock& clock)
    : signals_(signals),
      clock_(clock),
      verbosity_(options.verbosity),
      format_(options.format),
      live_(options.format != LogFormat::json && ::isatty(STDERR_FILENO) == 1 && !is_dumb()),
      interval_(live_                                      ? kLiveInterval
                : options.progress == ProgressMode::always ? kEagerInterval
                                                           : kFirstLogInterval),
      next_progress_(clock.now() + interval_),
      patience_(kPatience),
      progress_(clock.now()) {
  const bool silent = options.progress == ProgressMode::never ||
                      (verbosity_ == Verbosity::quiet && options.progress != ProgressMode::always);
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
    text.insert(
        0, log_line(format_, run::Level::warning,
                    fmt::format("{} lines were left out: nobody read them", unread_lines_), clock_.wall()));
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
    case run::Level::alert:
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
  tell(log_line(format_, level, text, clock_.wall()));
}

void Terminal::bad_row(const run::BadRow& row) {
  end_progress();
  tell(bad_row_line(format_, row, clock_.wall()));
}

namespace {

// On a small screen, the lines above the question are gone.
std::string at_server(std::string_view url) {
  const std::size_t host = url.find("//");
  if (host == std::string_view::npos) return "";
  return " at " + printable(url.substr(0, url.find('/', host + 2)));
}

}  // namespace

bool Terminal::confirm(const run::Plan& plan) {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal)
    throw Error(ExitCode::usage,
                fmt::format("nobody can be asked: without a terminal, give --yes, or --confirm {} to go on "
                            "only if exactly so many sessions would be dropped",
                            plan.to_drop));
  const int width = terminal_width(terminal.get());
  report::TextPage question(width, false);
  question.paragraph(fmt::format("Type the number of sessions ({}) to drop them{}, anything else to leave:",
                                 grouped(plan.to_drop), at_server(plan.url)));
  std::string asked = question.take();
  asked.back() = ' ';
  ::tcflush(terminal.get(), TCIFLUSH);  // what was typed before the question is no answer to it
  write("This will terminate sessions:\n" + plan_text(plan, width) + "\n" + asked);
  std::optional<std::string> typed = read_line(terminal.get(), signals_);
  if (!typed) {
    write("\n");
    return false;
  }
  std::erase(*typed, ',');
  std::erase(*typed, '.');
  return trimmed(*typed) == fmt::format("{}", plan.to_drop);
}

void Terminal::progress(const report::Snapshot& snapshot, TimePoint now, bool asked) {
  // A stream may be quiet for days: a log needs no line that says what the one before it said.
  if (!live_ && !asked && last_told_ == snapshot) {
    next_progress_ = now + interval_;
    return;
  }
  last_told_ = snapshot;
  if (format_ == LogFormat::json) {
    tell(progress_.json_line(snapshot, now, clock_.wall()));
    return schedule_progress(now);
  }
  const int width = live_ ? terminal_width(STDERR_FILENO) - 1 : 160;
  const std::string line = progress_.line(snapshot, now, width);
  if (live_ && !asked) {
    tell(fmt::format("\r{}\x1B[K", line));
    on_screen_ = true;
  } else {
    end_progress();
    tell(line_start(format_, clock_.wall()) + line + "\n");
  }
  schedule_progress(now);
}

void Terminal::schedule_progress(TimePoint now) {
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
