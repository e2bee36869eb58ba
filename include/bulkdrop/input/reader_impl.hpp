// The inside of Reader, shared with Originals.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  std::optional<Continuation> cut();
  [[nodiscard]] bool ended() const { return current_ == sources.size(); }

  Options options;
  IdRules rules;
  std::unique_ptr<re2::RE2> match;  // none without --match
  Interrupt interrupt;
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<SourceInfo> infos;

 private:
  void open_parser();
  std::unique_ptr<RowParser> make_parser(Format format);
  void finish_source();

  std::size_t current_ = 0;
  std::unique_ptr<Lines> lines_;
  std::unique_ptr<RowParser> parser_;
  std::uint64_t rows_ = 0;
};

}  // namespace bulkdrop::input
