#include "bulkdrop/report/advice.hpp"

#include "bulkdrop/core/column_hint.hpp"
#include "bulkdrop/core/reason.hpp"

namespace bulkdrop::report {

Advice advice_for(const ErrorLine& error) {
  if (error.reason == Reason::connection_lost && error.message.starts_with(kProcessEnded))
    return {"The run was killed, or its machine went down, before the answer was on record.",
            "Resume the run if it is not over; compare with the session list (`bulkdrop verify`)."};
  if (error.reason == Reason::still_alive && error.message.starts_with(kActiveOnce))
    return {
        "The session was confirmed as gone, and the server's list had it as active after that. A drop may "
        "take a moment to reach the list, but it could not be looked at again.",
        "Look again (`bulkdrop verify`)."};
  if (error.reason == Reason::bad_id && !hinted_column(error.message).empty())
    return {info(error.reason).cause, "Name the column that the message names with --field."};
  const ReasonInfo& known = info(error.reason);
  return {known.cause, known.action};
}

}  // namespace bulkdrop::report
