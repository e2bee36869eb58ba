// What an error means and what to do about it: what the table of reasons says, but where the reason does not
// tell the whole story.
#pragma once

#include <string_view>

#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {

// The message of a row that has no answer on record because its process was killed or lost its machine. Its
// reason is `connection_lost`; whoever asks again for it may append what came of that.
inline constexpr std::string_view kProcessEnded =
    "the process ended while a request for this session may have been under way";

// How the message of a row begins that was held to be gone, was listed as active, and could not be looked at
// again. Its reason is `still_alive`.
inline constexpr std::string_view kActiveOnce = "listed as active once";

struct Advice {
  std::string_view cause;
  std::string_view action;  // empty where nothing is to be done
  bool operator==(const Advice&) const = default;
};

Advice advice_for(const ErrorLine& error);

}  // namespace bulkdrop::report
