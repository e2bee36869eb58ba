// The reading side of a rotation: standard input cut into runs between two rows.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/input/interrupt.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/run/drop_run.hpp"
#include "bulkdrop/run/intake.hpp"
#include "bulkdrop/run/rotation.hpp"

namespace bulkdrop::run {

// What no row of a run took is the beginning of the next one, which is made when there is a byte for it: a
// silent stream makes no runs. All disk work of a beginning is done in the reading thread, so that it holds
// up nobody but the lines behind it.
class RotatingIntake final : public Intake {
 public:
  // Begins the first run. All must live as long. Throws as DropPart does.
  RotatingIntake(const DropSettings& settings, const Clock& clock, Rotation& rotation);

  bool next(Row& row) override;
  void finish() override;
  void interrupt() override;

  // The run that is being read ends with the row that was read last, or soon. Any thread.
  void cut();

 private:
  bool begin_next();
  void begin(input::Options input);
  bool end_here();
  void read_out();
  void check_it_can_be_cut() const;

  const DropSettings& settings_;
  const Clock& clock_;
  Rotation& rotation_;
  input::Screen screen_;
  input::Interrupt waiting_;  // for the first byte of a run
  std::mutex mutex_;          // of `part_` itself and what follows
  DropPart* part_ = nullptr;  // that is being read; the rotation owns it
  bool stopping_ = false;
  // Of the reading thread alone:
  std::uint64_t runs_ = 0;
  std::uint64_t rows_before_ = 0;  // in the runs before this one
  bool known_ = false;             // the input is of a kind that can be cut
  bool cut_refused_ = false;       // the reader was not between two lines
  std::optional<input::Continuation> rest_;
};

}  // namespace bulkdrop::run
