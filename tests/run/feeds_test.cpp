// How rows get from the reader to the loop.
#include "bulkdrop/run/feeds.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/simulated_id.hpp"
#include "support/temp_dir.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/run/planning.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::simulated_id;
using bulkdrop::test::TempDir;
using namespace std::chrono_literals;

namespace {

// A call for the loop, as the pool takes it.
class Wake {
 public:
  void operator()() {
    {
      const std::lock_guard lock(mutex_);
      called_ = true;
    }
    there_.notify_all();
  }
  bool wait(std::chrono::milliseconds patience = 10s) {
    std::unique_lock lock(mutex_);
    const bool came = there_.wait_for(lock, patience, [this] { return called_; });
    called_ = false;
    return came;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  bool called_ = false;
};

// A FIFO with both ends open, so that neither side waits for the other.
struct Pipe {
  explicit Pipe(const TempDir& directory) : path(directory.path("fifo")) {
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    fd = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    BOOST_REQUIRE(static_cast<bool>(fd));
  }
  void write(const std::string& text) const { write_all(fd.get(), text, path); }
  std::string path;
  Fd fd;
};

struct Stream {
  explicit Stream(std::vector<std::string> files, input::Format format = input::Format::text)
      : reader(std::move(files), options(format)),
        screen({}, ""),
        store(directory.path()),
        intake(reader, screen, store),
        feed(std::make_unique<StreamFeed>(intake, [this] { wake(); })) {}

  static input::Options options(input::Format format) {
    input::Options options;
    options.stream = true;
    options.format = format;
    return options;
  }

  // The next row's ID, waiting for it; "end" at the end.
  std::string next() {
    for (;;) {
      switch (feed->next(row)) {
        case Feed::Fed::row:
          return std::string(row.session_id);
        case Feed::Fed::ended:
          return "end";
        case Feed::Fed::nothing_yet:
          if (!wake.wait()) return "nothing";
      }
    }
  }

  TempDir directory;
  Wake wake;
  input::Reader reader;
  input::Screen screen;
  record::RowStore store;
  ReaderIntake intake;
  std::unique_ptr<StreamFeed> feed;
  Row row;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(feeds)

BOOST_AUTO_TEST_CASE(a_store_hands_out_its_rows_in_order) {
  TempDir directory;
  record::RowStore store(directory.path());
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::string id = simulated_id(i);
    Row row;
    row.session_id = id;
    row.line = i + 1;
    if (i % 10 == 0) row.admission = Admission::protected_;
    store.append(row);
  }
  store.flush();
  StoreFeed feed(store);
  Row row;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    BOOST_REQUIRE((feed.next(row) == Feed::Fed::row));
    BOOST_TEST(row.number == i);
    BOOST_TEST(row.session_id == simulated_id(i));
    BOOST_TEST((row.admission == Admission::protected_) == (i % 10 == 0));
  }
  BOOST_TEST((feed.next(row) == Feed::Fed::ended));
  BOOST_TEST((feed.next(row) == Feed::Fed::ended));
}

BOOST_AUTO_TEST_CASE(a_row_of_a_stream_is_there_as_soon_as_its_line_is_complete) {
  TempDir directory;
  const Pipe pipe(directory);
  Stream stream({pipe.path});
  std::vector<Duration> took;
  for (std::uint64_t i = 0; i < 30; ++i) {
    pipe.write(simulated_id(i).substr(0, 20));
    BOOST_TEST((stream.feed->next(stream.row) == Feed::Fed::nothing_yet));
    const auto before = std::chrono::steady_clock::now();
    pipe.write(simulated_id(i).substr(20) + "\n");
    BOOST_TEST(stream.next() == simulated_id(i));
    took.push_back(std::chrono::steady_clock::now() - before);
    BOOST_TEST(stream.row.number == i);
  }
  // On a busy machine a single one may be late.
  std::sort(took.begin(), took.end());
  BOOST_TEST((took[took.size() / 2] < 10ms));
  stream.feed->stop();
  BOOST_TEST(stream.store.rows() == 30U);
}

BOOST_AUTO_TEST_CASE(rows_in_the_store_and_rows_handed_out_are_the_same) {
  TempDir directory;
  std::string text;
  for (std::uint64_t i = 0; i < 5000; ++i) text += (i % 7 == 0 ? "nonsense" : simulated_id(i % 4000)) + "\n";
  Stream stream({directory.file("ids", text)});
  std::vector<std::pair<std::string, Admission>> handed;
  for (std::string id = stream.next(); id != "end"; id = stream.next()) {
    BOOST_TEST(stream.row.number == handed.size());
    BOOST_TEST((stream.row.admission == Admission::to_drop || !stream.row.message.empty()));
    handed.emplace_back(id, stream.row.admission);
  }
  stream.feed->stop();
  BOOST_TEST(handed.size() == 5000U);
  auto cursor = stream.store.cursor();
  Row row;
  for (const auto& [id, admission] : handed) {
    BOOST_REQUIRE(cursor.next(row));
    BOOST_TEST(row.session_id == id);
    BOOST_TEST((row.admission == admission));
  }
  BOOST_TEST(!cursor.next(row));
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_takes_rows_from_is_not_read_far_ahead) {
  TempDir directory;
  std::string text;
  for (std::uint64_t i = 0; i < 20'000; ++i) text += simulated_id(i) + "\n";
  Stream stream({directory.file("ids", text)});
  BOOST_TEST(eventually([&] { return stream.store.rows() >= 1024; }));
  std::this_thread::sleep_for(50ms);
  BOOST_TEST(stream.store.rows() < 1100U);
  stream.feed->stop();  // while it waits for room
  BOOST_TEST(stream.store.rows() < 1100U);
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_stopped_while_it_waits_for_input) {
  TempDir directory;
  const Pipe pipe(directory);
  Stream stream({pipe.path});
  pipe.write(simulated_id(0) + "\n" + simulated_id(1).substr(0, 10));
  BOOST_TEST(stream.next() == simulated_id(0));
  const auto before = std::chrono::steady_clock::now();
  stream.feed->stop();
  stream.feed->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - before < 2s));
  // Half a line is no row.
  BOOST_TEST(stream.store.rows() == 1U);
  BOOST_TEST(stream.next() == "end");
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_destroyed_at_any_time) {
  TempDir directory;
  const Pipe pipe(directory);
  for (int i = 0; i < 20; ++i) {
    Stream stream({pipe.path});
    pipe.write(simulated_id(static_cast<std::uint64_t>(i)) + "\n");
    if (i % 2 == 0) BOOST_TEST(stream.next() != "nothing");
  }
}

BOOST_AUTO_TEST_CASE(what_breaks_the_input_comes_after_the_rows_before_it) {
  TempDir directory;
  const std::string good =
      directory.file("good.csv", "Session ID,User\n" + simulated_id(0) + ",a\n" + simulated_id(1) + ",b\n");
  const std::string bad = directory.file("bad.csv", "Device,User\nx,y\n");
  Stream stream({good, bad}, input::Format::csv);
  BOOST_TEST(stream.next() == simulated_id(0));
  BOOST_TEST(stream.next() == simulated_id(1));
  BOOST_CHECK_EXCEPTION(stream.next(), Error,
                        [](const Error& error) { return error.code() == ExitCode::bad_input; });
  BOOST_TEST(stream.next() == "end");
  stream.feed->stop();
  BOOST_TEST(stream.store.rows() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(planning)

BOOST_AUTO_TEST_CASE(a_plan_counts_everything_that_was_read) {
  const SignalsRestored restored;
  Signals signals;
  TempDir directory;
  input::Options options;
  input::Reader reader({std::string(BULKDROP_SAMPLES) + "/remote-sessions.en.csv",
                        std::string(BULKDROP_SAMPLES) + "/remote-sessions.pt.csv"},
                       options);
  input::Screen screen({std::string(BULKDROP_SAMPLES) + "/protect.txt"}, "");
  record::RowStore store(directory.path());
  const Plan plan = read_all(reader, screen, {&store}, signals);
  BOOST_TEST(plan.rows > 10U);
  BOOST_TEST(plan.to_drop > 0U);
  BOOST_TEST(plan.protected_ > 0U);
  BOOST_TEST(plan.to_drop + plan.invalid + plan.duplicate + plan.protected_ == plan.rows);
  BOOST_TEST(store.rows() == plan.rows);
  BOOST_TEST(store.to_drop() == plan.to_drop);
  BOOST_TEST(plan.sources.size() == 2U);
  BOOST_TEST(plan.sources[0].rows + plan.sources[1].rows == plan.rows);
  BOOST_TEST(plan.first_ids.size() == std::min<std::size_t>(3, plan.to_drop));
  BOOST_TEST(plan.invalid_examples.size() == std::min<std::size_t>(3, plan.invalid));
  auto cursor = store.cursor();
  Row row;
  while (cursor.next(row) && row.admission != Admission::to_drop) {
  }
  BOOST_TEST(plan.first_ids.front() == row.session_id);
}

BOOST_AUTO_TEST_CASE(a_plan_without_a_store_counts_the_same) {
  const SignalsRestored restored;
  Signals signals;
  TempDir directory;
  std::uint64_t rows[2] = {};
  for (const bool stored : {false, true}) {
    input::Reader reader({std::string(BULKDROP_SAMPLES) + "/ids.txt"}, input::Options{});
    input::Screen screen({}, "");
    record::RowStore store(directory.path());
    rows[stored ? 1 : 0] = read_all(reader, screen, {stored ? &store : nullptr}, signals).rows;
  }
  BOOST_TEST(rows[0] > 0U);
  BOOST_TEST(rows[0] == rows[1]);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_reading_of_a_silent_pipe) {
  const SignalsRestored restored;
  for (const int number : {SIGINT, SIGTERM}) {
    Signals signals;
    TempDir directory;
    const Pipe pipe(directory);
    pipe.write(simulated_id(0) + "\n");
    input::Options options;
    options.format = input::Format::text;
    input::Reader reader({pipe.path}, options);
    input::Screen screen({}, "");
    std::thread sender([number] {
      std::this_thread::sleep_for(50ms);
      send_signal(number);
    });
    BOOST_CHECK_EXCEPTION(read_all(reader, screen, {}, signals), Error, [number](const Error& error) {
      return error.code() == (number == SIGINT ? ExitCode::interrupted : ExitCode::terminated);
    });
    sender.join();
  }
}

BOOST_AUTO_TEST_CASE(a_signal_after_unusable_input_meets_no_reader_that_is_gone) {
  const SignalsRestored restored;
  Signals signals;
  TempDir directory;
  {
    auto reader = std::make_unique<input::Reader>(
        std::vector<std::string>{directory.file("bad.csv", "Device,User\nx,y\n")}, input::Options{});
    input::Screen screen({}, "");
    BOOST_CHECK_THROW(read_all(*reader, screen, {}, signals), Error);
  }
  send_signal(SIGINT);
  BOOST_TEST(eventually([&] { return signals.stops() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
