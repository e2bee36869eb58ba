#include "bulkdrop/run/planning.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kExamples = 3;

}  // namespace

record::SourceRecord source_record(const input::SourceInfo& source) {
  return {source.name,     std::string(input::name(source.format)),
          source.encoding, source.field,
          source.bytes,    source.rows,
          source.sha256};
}

Error stopped_before_sending(const Signals& signals) {
  const int number = signals.stop_signal();
  return {exit_code_of_signal(number),
          fmt::format("stopped by {} before anything was sent", signal_name(number))};
}

Plan read_all(input::Reader& reader, input::Screen& screen, record::RowStore* store, Signals& signals,
              std::optional<std::uint64_t> most) {
  const WakeWhileHere waking(signals, [&reader, &signals] {
    if (signals.stops() > 0) reader.interrupt();
  });
  Plan plan;
  plan.shard = reader.shard();
  Row row;
  while (signals.stops() == 0 && (!most || plan.rows < *most) && reader.next(row)) {
    row.number = plan.rows++;
    screen.admit(row);
    if (store != nullptr) store->append(row);
    switch (row.admission) {
      case Admission::to_drop:
        if (plan.to_drop++ < kExamples) plan.first_ids.emplace_back(row.session_id);
        break;
      case Admission::invalid:
        if (plan.invalid++ < kExamples)
          plan.invalid_examples.push_back(fmt::format("{}:{}: {}", reader.sources()[row.source].name,
                                                      row.line, shortened(printable(row.message), 200)));
        break;
      case Admission::duplicate:
        ++plan.duplicate;
        break;
      case Admission::protected_:
        ++plan.protected_;
        break;
    }
  }
  if (signals.stops() > 0) throw stopped_before_sending(signals);
  if (store != nullptr) store->flush();
  plan.sources = reader.sources();
  plan.protect_lists = screen.protect_lists();
  return plan;
}

std::vector<std::string> oddities(const std::vector<input::SourceInfo>& sources) {
  std::vector<std::string> all;
  for (const input::SourceInfo& source : sources) {
    if (source.format != input::Format::match) continue;
    // Of several logs, some may well be without a session.
    if (source.rows > 0) return {};
    if (source.ignored_lines > 0)
      all.push_back(fmt::format("--match matched none of {} line{} of {}", grouped(source.ignored_lines),
                                source.ignored_lines == 1 ? "" : "s",
                                source.name == "-" ? "standard input" : source.name));
  }
  return all;
}

}  // namespace bulkdrop::run
