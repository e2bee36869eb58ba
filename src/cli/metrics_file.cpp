#include "bulkdrop/cli/metrics_file.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/metrics.hpp"

namespace bulkdrop::cli {
namespace {

// As often as Prometheus usually asks.
constexpr Duration kBetweenWrites = std::chrono::seconds(15);
constexpr ::mode_t kForAll = 0644;

constexpr std::string_view kBegins = "# HELP bulkdrop_";
constexpr std::string_view kBeginsBare = "bulkdrop_";  // without the words for people

// Metrics are replaced. Whatever else is at that path is somebody's: an export, a device, a pipe.
void refuse_what_is_no_metrics(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  const auto refuse = [&path](std::string_view why) {
    throw Error(
        ExitCode::usage,
        fmt::format("{} {}, and would be replaced: name a file for the metrics alone", printable(path), why));
  };
  if (!S_ISREG(status.st_mode)) refuse("is no regular file");
  if (status.st_size == 0) return;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string begins(kBegins.size(), '\0');
  if (!file || ::pread(file.get(), begins.data(), begins.size(), 0) < 0)
    refuse("is there and can't be read: " + describe_errno(errno));
  if (begins != kBegins && !begins.starts_with(kBeginsBare))
    refuse("holds something else than metrics of bulkdrop");
}

void write_file(const std::string& path, const std::string& text) {
  refuse_what_is_no_metrics(path);
  AtomicFile file(path, kForAll);
  file.buffer() = text;
  file.commit();
}

}  // namespace

MetricsFile::MetricsFile(std::string path) : path_(std::move(path)), started_at_(SystemClock().wall()) {}

MetricsFile::MetricsFile(const Arguments& arguments)
    : path_(arguments.text("metrics")), started_at_(SystemClock().wall()) {
  if (path_.empty()) return;
  try {
    write_file(path_, report::metrics_of_running({}, started_at_));
  } catch (const Error& error) {
    throw Error(ExitCode::usage, fmt::format("{}: {}", arguments.origin("metrics"), error.what()));
  }
}

void MetricsFile::running(const report::Snapshot& snapshot, run::Console& console) {
  write(report::metrics_of_running(snapshot, started_at_), console);
}

void MetricsFile::ended(const report::Summary& summary, run::Console& console) {
  write(report::metrics_of(summary), console);
}

void MetricsFile::ended(ExitCode exit_code, run::Console& console) {
  write(report::metrics_of_end(static_cast<int>(exit_code), started_at_, SystemClock().wall()), console);
}

void MetricsFile::refused(ExitCode exit_code) {
  if (path_.empty()) return;
  try {
    write_file(path_, report::metrics_of_end(static_cast<int>(exit_code), started_at_, SystemClock().wall()));
  } catch (const Error&) {
    // The error that ended the command is the better message.
  }
}

void MetricsFile::write(const std::string& text, run::Console& console) {
  if (path_.empty()) return;
  try {
    write_file(path_, text);
  } catch (const Error& error) {
    if (!told_) console.log(run::Level::warning, fmt::format("--metrics: {}", error.what()));
    told_ = true;
  }
}

ExitCode with_metrics(const Arguments& arguments, const std::function<ExitCode(MetricsFile&)>& command) {
  MetricsFile metrics(arguments);
  try {
    return command(metrics);
  } catch (const Error& error) {
    metrics.refused(error.code());
    throw;
  }
}

MeteredConsole::MeteredConsole(run::Console& console, MetricsFile* file)
    : console_(console), file_(file != nullptr && file->wanted() ? file : nullptr) {
  next_ = file_ == nullptr ? TimePoint::max() : SystemClock().now() + kBetweenWrites;
}

TimePoint MeteredConsole::next_progress() const {
  return std::min(next_, console_.next_progress());
}

void MeteredConsole::progress(const report::Snapshot& snapshot, TimePoint now, bool asked) {
  if (asked || now >= console_.next_progress()) console_.progress(snapshot, now, asked);
  if (now < next_) return;
  next_ = now + kBetweenWrites;
  file_->running(snapshot, console_);
}

}  // namespace bulkdrop::cli
