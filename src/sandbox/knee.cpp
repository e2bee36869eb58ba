#include "bulkdrop/sandbox/knee.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bulkdrop::sandbox {

void Knee::submit(std::shared_ptr<Job> job, Duration work) {
  Waiting waiting{std::move(job), work};
  if (workers_ != 0 && running_.size() >= workers_) {
    waiting_.push_back(std::move(waiting));
    return;
  }
  start(std::move(waiting), std::chrono::steady_clock::now());
  arm();
}

void Knee::start(Waiting waiting, TimePoint at) {
  running_.push({at + waiting.work, started_++, std::move(waiting.job)});
}

void Knee::arm() {
  if (running_.empty()) return;
  const TimePoint next = running_.top().done_at;
  if (armed_ && armed_for_ <= next) return;
  armed_ = true;
  armed_for_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void Knee::on_timer() {
  armed_ = false;
  const TimePoint now = std::chrono::steady_clock::now();
  while (!running_.empty() && running_.top().done_at <= now) {
    const TimePoint free_since = running_.top().done_at;
    const std::shared_ptr<Job> job = running_.top().job;
    running_.pop();
    if (!waiting_.empty()) {
      // The worker went on when it became free, not when this timer came round to it: otherwise the timer's
      // slack would add up and lower the throughput.
      start(std::move(waiting_.front()), free_since);
      waiting_.pop_front();
    }
    job->work_done();
  }
  arm();
}

void Knee::abandon_all() {
  timer_.cancel();
  armed_ = false;
  std::deque<std::shared_ptr<Job>> jobs;
  for (; !running_.empty(); running_.pop()) jobs.push_back(running_.top().job);
  for (Waiting& waiting : std::exchange(waiting_, {})) jobs.push_back(std::move(waiting.job));
  for (const auto& job : jobs) job->work_abandoned();
}

}  // namespace bulkdrop::sandbox
