// Runs a fuzz target without libFuzzer: over every file of a corpus, then over variants of them that are the
// same on every machine.
//
//   fuzz_NAME DIRECTORY|FILE...
//
// An input that breaks a property is left behind as broken-input, which the same program takes as a FILE.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include <fcntl.h>
#include <unistd.h>

// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers' own name, null where there are none
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr int kVariants = 4000;
constexpr std::size_t kMostBytes = 4000;

const std::string* running = nullptr;  // the input under test

// May be called from a signal handler.
void leave_input() {
  const int file = ::open("broken-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || running == nullptr) return;
  constexpr std::string_view kWords = "the input is in the file broken-input\n";
  if (::write(file, running->data(), running->size()) >= 0)
    static_cast<void>(::write(STDERR_FILENO, kWords.data(), kWords.size()));
}

void run(const std::string& input) {
  running = &input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// Edits that need no knowledge of the format.
class Variants {
 public:
  explicit Variants(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string input = corpus_[below(corpus_.size())];
    for (std::size_t edits = 1 + below(6); edits > 0; --edits) edit(input);
    if (input.size() > kMostBytes) input.resize(kMostBytes);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  void edit(std::string& input) {
    using namespace std::string_view_literals;
    constexpr auto kTelling = "\"'\\,;|\t\r\n {}[]:#=0-9e.\0\xEF\xBB\xBF\xFF\xFE\x80"sv;
    const std::size_t at = below(input.size() + 1);
    const std::size_t size = below(std::min<std::size_t>(input.size() - at, 40) + 1);
    const std::string& other = corpus_[below(corpus_.size())];
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        return;
      case 1:
        if (at < input.size()) input[at] = kTelling[below(kTelling.size())];
        return;
      case 2:
        input.insert(at, 1, kTelling[below(kTelling.size())]);
        return;
      case 3:
        input.erase(at, size);
        return;
      case 4:
        input.insert(below(input.size() + 1), input.substr(at, size));
        return;
      case 5:
        input.insert(at, other.substr(below(other.size() + 1), below(80)));
        return;
      default:
        if (below(4) == 0) input.resize(at);  // cut off
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{20261122};
};

void add(const std::filesystem::path& path, std::vector<std::string>& inputs) {
  std::ifstream in(path, std::ios::binary);
  inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> inputs;
  bool vary = false;
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(words[i])) {
      add(words[i], inputs);
      continue;
    }
    vary = true;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(words[i])) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());  // the variants depend on the order
    for (const auto& path : paths) add(path, inputs);
  }
  if (inputs.empty()) {
    std::fputs("no input: name a corpus\n", stderr);
    return 2;
  }
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(leave_input);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    if (__sanitizer_set_death_callback == nullptr || number == SIGABRT)
      std::signal(number, [](int caught) {
        leave_input();
        std::signal(caught, SIG_DFL);
        std::raise(caught);
      });
  for (const std::string& input : inputs) run(input);
  Variants variants(inputs);
  const int more = vary ? kVariants : 0;
  for (int i = 0; i < more; ++i) {
    const std::string input = variants.next();
    run(input);
  }
  running = nullptr;
  std::printf("%zu inputs and %d variants of them\n", inputs.size(), more);
  return 0;
}
