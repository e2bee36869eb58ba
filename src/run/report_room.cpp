#include "bulkdrop/run/report_room.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "bulkdrop/report/page_rows.hpp"

namespace bulkdrop::run {
namespace {

// A row of sessions.csv and one of sessions.jsonl with a message and times; one of report.html, which stands
// on the disk twice until the page is written; and what goes with any number.
constexpr std::uint64_t kReportBytesPerRow = 640;
constexpr std::uint64_t kReportBytesPerPageRow = 2 * 250;
constexpr std::uint64_t kReportBytes = std::uint64_t{384} << 10;

// A result with a message and its share of commit lines; and what each row that was leased reserves until it
// has a result, of so many rows at most.
constexpr std::uint64_t kRecordBytesPerRow = 300;
constexpr std::uint64_t kReservedBytesPerRow = 512;
constexpr std::uint64_t kMostReservedRows = 2048;
constexpr std::uint64_t kRecordBytes = std::uint64_t{128} << 10;

std::optional<std::uint64_t> size_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::uint64_t room_for_reports(std::uint64_t rows) {
  return kReportBytes + rows * kReportBytesPerRow +
         std::min(rows, report::kMostPageRows) * kReportBytesPerPageRow;
}

std::uint64_t room_for_reports_again(std::uint64_t rows, std::uint64_t changed,
                                     const record::RunDirectory& directory) {
  const std::uint64_t whole = room_for_reports(rows);
  // Somebody may have taken one away: then its size is not known.
  const auto page = size_of(directory.file("report.html"));
  if (!page || !size_of(directory.file("sessions.csv")) || !size_of(directory.file("sessions.jsonl")))
    return whole;
  std::uint64_t again = room_for_reports(changed) + *page;
  for (const std::string& file : directory.reports()) again += size_of(file).value_or(0);
  return std::min(whole, again);
}

std::uint64_t room_for_record(std::uint64_t rows) {
  return kRecordBytes + rows * kRecordBytesPerRow + std::min(rows, kMostReservedRows) * kReservedBytesPerRow;
}

}  // namespace bulkdrop::run
