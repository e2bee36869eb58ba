#include "bulkdrop/report/origin.hpp"

namespace bulkdrop::report {

std::string Origin::started_by() const {
  if (host.empty()) return user;
  return user.empty() ? "somebody on " + host : user + " on " + host;
}

std::string Origin::place() const {
  if (run_directory.empty() || run_directory.starts_with('/') || started_in.empty()) return run_directory;
  return started_in + (started_in.ends_with('/') ? "" : "/") + run_directory;
}

}  // namespace bulkdrop::report
