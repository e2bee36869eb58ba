// Messages that are put together from what others wrote, with or without a full stop.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::run {

// `first` with one full stop at its end, and `second` behind it, if there is one, as it stands.
[[nodiscard]] std::string sentences(std::string_view first, std::string_view second = {});

}  // namespace bulkdrop::run
