// What a status says to people: whether the session is gone, and how that is known. For summaries and the
// manual.
#pragma once

#include <string_view>

#include "bulkdrop/core/status.hpp"

namespace bulkdrop {

// A clause without a full stop, as in "gone: the server confirmed the drop".
std::string_view meaning(Status status);

}  // namespace bulkdrop
