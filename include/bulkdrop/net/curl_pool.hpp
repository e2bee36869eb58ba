// libcurl behind the Pool seam: easy handles are reused, connections are kept, and everything runs in one
// thread on one epoll set.
#pragma once

#include <memory>
#include <span>

#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"

namespace bulkdrop::net {

// libcurl walks the list of its connections to a host at each start and end of a transfer, so cost grows with
// the connections of one multi handle. Several multi handles of at most this many requests ("lanes") keep it
// flat.
inline constexpr std::size_t kRequestsPerLane = 64;

// A CurlLibrary must exist. One thread makes it, uses it and destroys it, but for notify().
class CurlPool final : public Pool {
 public:
  explicit CurlPool(const TransportOptions& options);
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;
  ~CurlPool() override;

  void start(const Request& request) override;
  std::span<const Answer> wait(TimePoint until) override;
  Duration take_standstill() override;
  void notify() override;
  void cancel() override;
  void check_connections() override;
  std::span<const ConnectionReport> connection_reports() override;
  [[nodiscard]] std::size_t in_flight() const override;
  [[nodiscard]] std::size_t capacity() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::net
