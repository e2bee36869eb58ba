#include "bulkdrop/run/account.hpp"

#include <fmt/format.h>

namespace bulkdrop::run {
namespace {

std::string text(const RecordedOptions& options, std::string_view name) {
  std::string last;
  for (const auto& [given, value] : options)
    if (given == name) last = value;
  return last;
}

}  // namespace

bool is_standard_input(std::string_view file) {
  return file == "-" || file == "/dev/stdin" || file == "/dev/fd/0" || file == "/proc/self/fd/0";
}

std::string account_of(const RecordedOptions& options) {
  if (const std::string client = text(options, "client-id"); !client.empty()) {
    const std::string tenant = text(options, "tenant");
    return fmt::format("client {} (OAuth 2.0){}", client, tenant.empty() ? "" : ", tenant " + tenant);
  }
  if (const std::string consumer = text(options, "consumer-key"); !consumer.empty())
    return fmt::format("consumer {} (OAuth 1.0a)", consumer);
  const std::string file = text(options, "token-file");
  if (file.empty()) return "a bearer token";
  return fmt::format("the bearer token in {}", is_standard_input(file) ? "standard input" : file);
}

}  // namespace bulkdrop::run
