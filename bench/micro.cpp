// What the program's own parts cost, one at a time, without network and server: reading, judging,
// dispatching, recording.
//
//   build/bench/bench/micro [--benchmark_filter=REGEX]
//
// bench/compare.sh says what a whole run costs. Here a change of one part shows.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/pam/judge.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_reader.hpp"

namespace bulkdrop {
namespace {

constexpr std::uint64_t kRows = 50'000;

class Directory {
 public:
  Directory() : path_((std::filesystem::temp_directory_path() / "bulkdrop-micro.XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

 private:
  std::string path_;
};

std::string id_of(std::uint64_t number) {
  return fmt::format("{:016x}{:016x}{:08x}", number * 0x9E37'79B9'7F4A'7C15U, number, number);
}

std::string csv_line(std::uint64_t number) {
  return fmt::format(
      "{},{},usrdomadm01,10.66.33.7:3389,operator{:02},10.66.200.9,rdp,Web Proxy,2025-06-10 18:07:09,,,\n",
      number, id_of(number), number % 90);
}

std::string json_line(std::uint64_t number) {
  return fmt::format(
      R"({{"time":"2025-06-10T18:07:09Z","alert":{},"session_id":"{}","user":"operator{:02}","device":"10.66.33.7:3389"}})"
      "\n",
      number, id_of(number), number % 90);
}

void read_all(benchmark::State& state, std::string_view header,
              const std::function<std::string(std::uint64_t)>& line) {
  const Directory directory;
  const std::string path = directory.file("export");
  {
    std::ofstream file(path, std::ios::binary);
    file << header;
    for (std::uint64_t i = 0; i < kRows; ++i) file << line(i);
  }
  for (auto _ : state) {
    input::Options options;
    options.digest = false;
    input::Reader reader({path}, options);
    input::Screen screen({}, "");
    std::uint64_t rows = 0;
    for (Row row; reader.next(row); ++rows) screen.admit(row);
    if (rows != kRows || screen.distinct() != kRows) throw std::logic_error("rows were lost");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(std::filesystem::file_size(path)));
}

void read_csv(benchmark::State& state) {
  read_all(state, "ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason\n",
           csv_line);
}
BENCHMARK(read_csv)->Unit(benchmark::kMillisecond);

void read_json_lines(benchmark::State& state) {
  read_all(state, "", json_line);
}
BENCHMARK(read_json_lines)->Unit(benchmark::kMillisecond);

class NoHeaders : public HeaderFields {
 public:
  [[nodiscard]] std::string value(const char*) const override { return {}; }
  [[nodiscard]] bool disagrees(const char*) const override { return false; }
};

void judge_success(benchmark::State& state) {
  std::string body =
      R"({"code":200,"response":{"status":200,"message":"Session dropped","error":false,"error_code":0,"detail":"",)"
      R"("mensagem":"Session dropped","erro":false,"cod_erro":0}})";
  const std::size_t size = body.size();
  body.append(kBodyPadding, '\0');
  const NoHeaders headers;
  Answer answer;
  answer.wire_sends = 1;
  answer.http_status = 200;
  answer.body = std::string_view(body).substr(0, size);
  answer.headers = &headers;
  pam::Judge judge;
  for (auto _ : state) {
    const Judgement& judgement = judge.judge(answer, WallTime{});
    if (judgement.verdict != Verdict::dropped) throw std::logic_error("a success was not seen");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge_success);

// A session's way through the dispatcher: added, sent, answered.
void dispatch(benchmark::State& state) {
  policy::Limits limits;
  limits.concurrency = 64;
  limits.adapt = true;
  policy::Dispatcher dispatcher(limits, 1);
  const std::string id = id_of(1);
  Judgement success;
  success.verdict = Verdict::dropped;
  success.reason = Reason::ok;
  success.documented = true;
  success.http_status = 200;
  success.error_code = 0;
  Moment now;
  std::uint64_t row = 0;
  for (auto _ : state) {
    now.mono += std::chrono::microseconds(50);
    dispatcher.add(row++, id);
    const auto order = dispatcher.next(now);
    if (!order) throw std::logic_error("nothing to send");
    now.mono += std::chrono::microseconds(50);
    if (dispatcher.settle(order->ticket, 1, success, now) == nullptr) throw std::logic_error("not settled");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(dispatch);

Result result_of(std::uint64_t row) {
  Result result;
  result.row = row;
  result.session_id = id_of(row);
  result.status = Status::dropped;
  result.reason = Reason::ok;
  result.http_status = 200;
  result.error_code = 0;
  result.message = "Session dropped";
  result.attempts = 1;
  result.first_sent_at = WallTime(std::chrono::milliseconds(1'764'000'000'000));
  result.finished_at = *result.first_sent_at + std::chrono::milliseconds(41);
  result.duration_ms = 41;
  result.answer_us = 40'712;
  return result;
}

record::RunRecord run_record() {
  record::RunRecord run;
  run.run_id = "5e884898";
  run.version = "0";
  run.url = "https://pam.example";
  run.sources = {{"export.csv", "csv", "utf-8", "Session ID", 1, kRows, ""}};
  run.rows = kRows;
  run.to_drop = kRows;
  return run;
}

// Formatted, checksummed, hashed, written and made durable.
void record_results(benchmark::State& state) {
  const Result result = result_of(1);
  for (auto _ : state) {
    const Directory directory;
    record::Journal journal(directory.file("journal.jsonl"), run_record(), [] {});
    journal.lease(0, kRows);
    for (std::uint64_t i = 0; i < kRows; ++i) journal.result(result, *result.finished_at);
    journal.sync();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(record_results)->Unit(benchmark::kMillisecond)->UseRealTime();

// What the reports do first: every line checked, then each row's result looked up.
void read_journal(benchmark::State& state) {
  const Directory directory;
  const std::string path = directory.file("journal.jsonl");
  {
    record::Journal journal(path, run_record(), [] {});
    journal.lease(0, kRows);
    for (std::uint64_t i = 0; i < kRows; ++i) journal.result(result_of(i), WallTime{});
    journal.end(std::nullopt, 0, WallTime{});
  }
  for (auto _ : state) {
    record::JournalReader reader(path);
    for (std::uint64_t i = 0; i < kRows; ++i)
      if (!reader.result(i)) throw std::logic_error("a result was lost");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(read_journal)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bulkdrop

BENCHMARK_MAIN();
