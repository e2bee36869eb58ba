#include "bulkdrop/core/temporary_name.hpp"

namespace bulkdrop {
namespace {

constexpr std::string_view kMadeUp = "XXXXXX";  // mkostemp(3)
constexpr std::string_view kTemporary = ".tmp-";
constexpr std::string_view kPassing = ".bulkdrop-";

bool is_made_of(std::string_view entry, std::string_view start) {
  return entry.size() == start.size() + kMadeUp.size() && entry.starts_with(start);
}

}  // namespace

std::string temporary_name_for(std::string_view path) {
  return std::string(path).append(kTemporary).append(kMadeUp);
}

std::string passing_name_in(std::string_view directory) {
  return std::string(directory).append("/").append(kPassing).append(kMadeUp);
}

bool is_temporary_name_of(std::string_view entry, std::string_view name) {
  return is_made_of(entry, std::string(name).append(kTemporary));
}

bool is_passing_name(std::string_view entry) {
  return is_made_of(entry, kPassing);
}

}  // namespace bulkdrop
