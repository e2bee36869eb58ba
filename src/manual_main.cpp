// Writes the manual's pages and the completions when bulkdrop is built. It is not installed.
//
//   bulkdrop-manual SOURCES OUTPUT DATE     SOURCES is src/manual/pages/, DATE that of the release
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/manual/completions.hpp"
#include "bulkdrop/manual/pages.hpp"
#ifdef BULKDROP_HAS_SANDBOX
#include "bulkdrop/sandbox/options.hpp"
#endif

namespace bulkdrop::manual {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSource = 1024 * 1024;

std::string read(const fs::path& path) {
  return read_file(path.string(), kLongestSource, ExitCode::usage);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) throw std::runtime_error(fmt::format("{}: {}", path.string(), describe_errno(errno)));
  write_all(file.get(), text, path.string());
}

class Writer {
 public:
  Writer(fs::path sources, fs::path output) : sources_(std::move(sources)), output_(std::move(output)) {
    // What several pages share, under the file's own name.
    for (const auto& entry : fs::directory_iterator(sources_))
      if (const std::string name = entry.path().stem().string();
          entry.path().extension() == ".in" && !name.ends_with(".1"))
        shared_[name] = read(entry.path());
  }

  void write_page(const std::string& name, Parts parts) const {
    parts.insert(shared_.begin(), shared_.end());
    const std::string file = name + ".1";
    write(output_ / "man" / file, page(read(sources_ / (file + ".in")), parts));
  }

  void write_completions(const Tool& tool) const {
    const std::string name(tool.name);
    write(output_ / "bash" / name, bash_completion(tool));
    write(output_ / "zsh" / ("_" + name), zsh_completion(tool));
    write(output_ / "fish" / (name + ".fish"), fish_completion(tool));
  }

 private:
  fs::path sources_;
  fs::path output_;
  Parts shared_;
};

void write_bulkdrop(const Writer& writer, const Edition& edition) {
  const Tool tool = bulkdrop();
  writer.write_page("bulkdrop", program_parts(tool, edition));
  for (const cli::CommandSpec& command : tool.commands)
    writer.write_page(fmt::format("bulkdrop-{}", command.name), command_parts(tool, command, edition));
  writer.write_completions(tool);
}

#ifdef BULKDROP_HAS_SANDBOX
void write_sandbox(const Writer& writer, const Edition& edition) {
  const std::vector<sandbox::OptionText> texts = sandbox::option_texts();
  std::vector<cli::OptionSpec> options;
  for (const sandbox::OptionText& text : texts)
    options.push_back({text.name, 0, text.operand.empty() ? cli::Kind::flag : cli::Kind::value, text.operand,
                       "", text.help, ""});
  Tool tool{
      "bulkdrop-sandbox", "a PAM Core emulator on loopback, for rehearsals, demos and tests", {}, options};
  Parts parts = tool_parts(tool, edition);
  for (const sandbox::HelpSection& section : sandbox::help_sections())
    parts[section.title] =
        laid_out(section.title == "EXIT CODES" ? "EXIT STATUS" : section.title, section.text);
  writer.write_page("bulkdrop-sandbox", parts);
  // Every completion has these by itself.
  std::erase_if(options, [](const cli::OptionSpec& option) {
    return option.name == "help" || option.name == "version";
  });
  tool.options = options;
  writer.write_completions(tool);
}
#endif

}  // namespace
}  // namespace bulkdrop::manual

int main(int argc, char** argv) {
  using namespace bulkdrop::manual;
  if (argc != 4) {
    std::fputs("usage: bulkdrop-manual SOURCES OUTPUT DATE\n", stderr);
    return 2;
  }
  try {
    const Writer writer(argv[1], argv[2]);
    const Edition edition{std::string(bulkdrop::version()), argv[3]};
    write_bulkdrop(writer, edition);
#ifdef BULKDROP_HAS_SANDBOX
    write_sandbox(writer, edition);
#endif
    return 0;
  } catch (const std::exception& error) {
    std::fputs(fmt::format("bulkdrop-manual: {}\n", error.what()).c_str(), stderr);
    return 1;
  }
}
