// The server's knee: a queue in front of N workers, each busy with one drop at a time. Throughput cannot
// pass N / work time; above it, requests wait. For the io_context's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::sandbox {

// Something that waits for a worker.
class Job {
 public:
  virtual ~Job() = default;
  virtual void work_done() = 0;
  // Called instead of work_done() when the sandbox stops first.
  virtual void work_abandoned() = 0;
};

class Knee {
 public:
  // No `workers` (0): as many as there are jobs.
  Knee(boost::asio::io_context& context, unsigned workers) : timer_(context), workers_(workers) {}

  // First come, first served; a worker takes `work` for it.
  void submit(std::shared_ptr<Job> job, Duration work);
  // Calls work_abandoned() of every job that is waiting or being worked on.
  void abandon_all();

 private:
  struct Waiting {
    std::shared_ptr<Job> job;
    Duration work;
  };
  struct Running {
    TimePoint done_at;
    std::uint64_t order;  // jobs that are done at the same time finish in the order in which they began
    std::shared_ptr<Job> job;
    bool operator<(const Running& other) const {
      return done_at != other.done_at ? done_at > other.done_at : order > other.order;
    }
  };
  void start(Waiting waiting, TimePoint at);
  void arm();
  void on_timer();

  boost::asio::steady_timer timer_;
  unsigned workers_;
  std::deque<Waiting> waiting_;
  std::priority_queue<Running> running_;
  std::uint64_t started_ = 0;
  TimePoint armed_for_{};
  bool armed_ = false;
};

}  // namespace bulkdrop::sandbox
