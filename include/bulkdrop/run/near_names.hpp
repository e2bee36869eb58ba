// Names that the list was filtered by and that nothing in it bears: nothing listed looks like nothing to be
// done, and may be a slip.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/pam/session_filter.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::run {

class NearNames {
 public:
  // Of the filters, those by an exact name; patterns with `*` are none.
  explicit NearNames(const pam::FilterSpec& spec);

  // Every session of the list, whether it passes the filters or not. Costs nothing without such filters.
  void add(const pam::ListedSession& session);
  void forget();
  // A warning for each name that no session bears, with near ones that some do.
  void tell(Console& console) const;

 private:
  struct Near {
    std::string name;
    std::size_t distance;
  };
  struct Wanted {
    std::string name;
    std::string key;
    bool found = false;
    std::vector<Near> near;  // the nearest first
  };
  struct Filter {
    std::string_view what;
    std::string pam::ListedSession::*member;
    std::vector<Wanted> wanted;
    std::unordered_set<std::string> seen;
  };
  void want(std::string_view what, const std::vector<std::string>& names,
            std::string pam::ListedSession::*member);
  static void compare(Wanted& wanted, const std::string& name, const std::string& key);

  std::vector<Filter> filters_;
  std::string key_;
};

}  // namespace bulkdrop::run
