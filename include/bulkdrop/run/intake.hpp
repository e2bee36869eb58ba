// What the reading thread of a stream reads: rows that are screened and kept.
#pragma once

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/row_store.hpp"

namespace bulkdrop::run {

// One thread reads; interrupt() may be called from any.
class Intake {
 public:
  virtual ~Intake() = default;
  // The next row, screened and kept, numbered from 0 over all that was read; false at the end, or once
  // interrupted. The views in it live until the next call. Blocks while there is none. Errors: those of
  // Reader::next() and RowStore::append().
  virtual bool next(Row& row) = 0;
  // After the last row, unless something broke: every row can be read back.
  virtual void finish() = 0;
  // Makes next() return false soon, for good.
  virtual void interrupt() = 0;
};

// All of one run: one reader, one store. They must live as long.
class ReaderIntake final : public Intake {
 public:
  ReaderIntake(input::Reader& reader, input::Screen& screen, record::RowStore& store)
      : reader_(reader), screen_(screen), store_(store) {}
  bool next(Row& row) override {
    if (!reader_.next(row)) return false;
    row.number = store_.rows();
    screen_.admit(row);
    store_.append(row);
    return true;
  }
  void finish() override { store_.flush(); }
  void interrupt() override { reader_.interrupt(); }

 private:
  input::Reader& reader_;
  input::Screen& screen_;
  record::RowStore& store_;
};

}  // namespace bulkdrop::run
