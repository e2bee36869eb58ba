#include "bulkdrop/manual/tool.hpp"

#include <algorithm>

namespace bulkdrop::manual {
namespace {

bool is_choice(std::string_view operand) {
  return operand.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-|,") == std::string_view::npos;
}

}  // namespace

Tool bulkdrop() {
  return {"bulkdrop", "terminates privileged remote sessions in bulk", cli::commands(), {}};
}

Operand operand_of(const cli::OptionSpec& option) {
  const std::string_view operand = option.operand;
  if (option.kind == cli::Kind::flag) return Operand::none;
  if (operand == "F" || operand == "FILE") return Operand::file;
  if (operand == "DIR") return Operand::directory;
  if (is_choice(operand) && operand.find('|') != std::string_view::npos) return Operand::one_of;
  if (is_choice(operand) && operand.find(',') != std::string_view::npos) return Operand::list_of;
  return Operand::text;
}

std::vector<std::string_view> choices(const cli::OptionSpec& option) {
  const Operand operand = operand_of(option);
  std::vector<std::string_view> all;
  if (operand != Operand::one_of && operand != Operand::list_of) return all;
  const char separator = operand == Operand::one_of ? '|' : ',';
  for (std::size_t at = 0; at <= option.operand.size();) {
    const std::size_t end = std::min(option.operand.find(separator, at), option.operand.size());
    all.push_back(option.operand.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

Operand arguments_of(const cli::CommandSpec& command) {
  if (command.synopsis.find("RUN_DIR") != std::string_view::npos) return Operand::directory;
  return command.synopsis.find("FILE") == std::string_view::npos ? Operand::none : Operand::file;
}

}  // namespace bulkdrop::manual
