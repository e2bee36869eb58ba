// The inside of Reader, shared with Originals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/input/batch_text.hpp"
#include "bulkdrop/input/id_rules.hpp"
#include "bulkdrop/input/interrupt.hpp"
#include "bulkdrop/input/lines.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/row_parser.hpp"
#include "bulkdrop/input/source.hpp"

namespace re2 {
class RE2;
}

namespace bulkdrop::input {

struct Reader::Impl {
  Impl(std::vector<std::string> names, Options options_given);
  ~Impl();
  bool next(Row& row);
  std::span<Row> next_rows(std::size_t most);
  [[nodiscard]] std::optional<double> share_read() const;
  std::optional<Continuation> cut();
  [[nodiscard]] bool ended() const { return current_ == sources.size(); }

  Options options;
  IdRules rules;
  std::unique_ptr<re2::RE2> match;  // none without --match
  Interrupt interrupt;
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<SourceInfo> infos;

 private:
  // What one step in the current source brought: a row, one of another shard, its end.
  enum class Step : std::uint8_t { row, other, over };
  Step step(Row& row);
  void keep(Row& row, std::size_t place);
  void open_parser();
  std::unique_ptr<RowParser> make_parser(Format format);
  void finish_source();

  std::size_t current_ = 0;
  std::unique_ptr<Lines> lines_;
  std::unique_ptr<RowParser> parser_;
  std::uint64_t rows_ = 0;
  std::array<Row, kMostAtOnce> batch_;
  // IDs and members of `batch_`.
  BatchText made_{kMostAtOnce * (kMaxSessionIdBytes + WantedMembers::kMostBytes)};
  std::vector<std::string_view> members_;
};

}  // namespace bulkdrop::input
