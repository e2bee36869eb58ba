// The runs that did the shards of one job, opened together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/proof_on_record.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::run {

class JobShards {
 public:
  struct One {
    std::unique_ptr<StoredRun> run;
    std::unique_ptr<Outcomes> outcomes;
    // Of the rows that of() was asked for.
    std::uint64_t rows = 0;
    std::uint64_t to_drop = 0;
    Counts counts;
    std::optional<ProofOnRecord> proof;
  };

  // Opens and locks the runs. Throws Error(usage) if they are not the shards of one job, each once.
  explicit JobShards(const std::vector<std::string>& directories);

  // What became of a row of the whole input, whose rows must be asked for in order, once each. Throws
  // Error(run_directory).
  Result of(const Row& row);
  // All rows were asked for. Throws Error(bad_input) if a shard had others.
  void check_rows() const;

  [[nodiscard]] const std::vector<One>& all() const { return shards_; }
  [[nodiscard]] const StoredRun& first() const { return *shards_.front().run; }

 private:
  std::vector<One> shards_;  // in the order of their numbers
};

}  // namespace bulkdrop::run
