#include "bulkdrop/cli/exit_codes.hpp"

#include <array>

#include <fmt/format.h>

namespace bulkdrop::cli {
namespace {

constexpr ExitMeaning kUsage = {"2", "usage or configuration, or URL, path or certificate are wrong",
                                "usage or configuration"};
constexpr ExitMeaning kDisk = {
    "7", "the run directory can't be written, its record is damaged, or the system gives no thread or memory",
    "disk"};
constexpr ExitMeaning kSignal = {"130, 143", "stopped by SIGINT, SIGTERM (or SIGHUP)", "signal"};

constexpr std::array kDrop = {
    ExitMeaning{"0", "all gone, duplicates and protected rows apart", "all gone"},
    ExitMeaning{"1",
                "finished, but some may be alive, proof was asked for and not had, or --watch saw a user "
                "come back",
                "some may be alive"},
    kUsage,
    ExitMeaning{"3", "the input can't be used", "input"},
    ExitMeaning{"4", "stopped: authentication or permission", "login or permission"},
    ExitMeaning{"5", "stopped: a safety limit, the canary or --outage", "safety limit or outage"},
    ExitMeaning{"6", "stopped: --deadline", "deadline"},
    kDisk,
    ExitMeaning{"130, 143",
                "stopped by SIGINT, SIGTERM (or SIGHUP), also during --watch: the record is complete then",
                "signal"}};

constexpr std::array kResume = {
    kDrop[0], kDrop[1], kUsage,   ExitMeaning{"3", "the input is not what it was", "other input"},
    kDrop[4], kDrop[5], kDrop[6], kDisk,
    kDrop[8]};

constexpr std::array kList = {ExitMeaning{"0", "listed, also if nothing passed the filters"},
                              kUsage,
                              ExitMeaning{"4", "authentication or permission"},
                              ExitMeaning{"5", "server unavailable: no whole list came"},
                              ExitMeaning{"7", "no room for the list"},
                              kSignal};

constexpr std::array kVerify = {
    ExitMeaning{"0", "all gone"},
    ExitMeaning{"1", "some may be alive, or --watch saw a user come back", "some may be alive"},
    kUsage,
    ExitMeaning{"3", "the input is not what it was"},
    ExitMeaning{"4", "authentication or permission"},
    ExitMeaning{"5", "server unavailable"},
    kDisk,
    kSignal};

constexpr std::array kReport = {
    ExitMeaning{"0 to 6, 130, 143",
                "that of the run, as its record has it; of several, that of the one that was "
                "stopped first, or the highest"},
    ExitMeaning{"2", "usage"}, ExitMeaning{"3", "the input is not what it was"},
    ExitMeaning{"7", "the run directory or standard output can't be written, or a record is damaged",
                "disk"}};

constexpr std::array kCheck = {ExitMeaning{"0", "all well, also with warnings"},
                               ExitMeaning{"2", "usage, URL or TLS"}, ExitMeaning{"4", "token or permission"},
                               ExitMeaning{"5", "the server can't be reached"},
                               ExitMeaning{"7", "standard output can't be written"}};

}  // namespace

std::span<const ExitMeaning> exit_codes(std::string_view command) {
  if (command == "drop") return kDrop;
  if (command == "resume") return kResume;
  if (command == "list") return kList;
  if (command == "verify") return kVerify;
  if (command == "report") return kReport;
  if (command == "check") return kCheck;
  return {};
}

std::string exit_codes_text(std::string_view command) {
  std::string text = "Exit codes:";
  for (const ExitMeaning& entry : exit_codes(command))
    text += fmt::format("{} {} {}", text.back() == ':' ? "" : ";", entry.codes, entry.meaning);
  return text + ".";
}

std::string exit_codes_in_short(std::string_view command) {
  std::string text = "Exit codes:";
  for (const ExitMeaning& entry : exit_codes(command))
    text += fmt::format("{} {} {}", text.back() == ':' ? "" : ",", entry.codes,
                        entry.in_short.empty() ? entry.meaning : entry.in_short);
  return text + ".";
}

}  // namespace bulkdrop::cli
