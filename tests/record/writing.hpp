// A group writer on a file of its own, and what it has written there.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <string>
#include <utility>

#include "lines.hpp"
#include "support/temp_dir.hpp"
#include <fcntl.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/group_writer.hpp"

namespace bulkdrop::record {

inline Fd new_file(const std::string& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600));
}

inline constexpr GroupWriter::Limits kNeverByTime{
    .records = 64, .delay = std::chrono::hours(1), .pending_bytes = 8 << 20};

// Counts the calls of on_change, and waits for the first of them.
struct Changes {
  void operator()() {
    if (++count == 1) first.count_down();
  }
  std::latch first{1};
  std::atomic<int> count{0};
};

struct Writing {
  explicit Writing(GroupWriter::Limits limits = kNeverByTime, Fd input_copy = {})
      : path(dir.path("f")),
        writer(
            new_file(path), path, {}, [this] { changes(); }, limits, std::move(input_copy)) {}
  [[nodiscard]] std::string records() const {
    std::string all;
    for (const auto& record : records_of(path)) all += record;
    return all;
  }
  [[nodiscard]] std::size_t commits() const {
    return lines_of_text(test::slurp(path)).size() - records_of(path).size();
  }
  const test::TempDir dir;
  std::string path;
  Changes changes;
  GroupWriter writer;
};

}  // namespace bulkdrop::record
