#include "bulkdrop/core/status_meaning.hpp"

namespace bulkdrop {

std::string_view meaning(Status status) {
  switch (status) {
    case Status::dropped:
      return "gone: the server confirmed the drop";
    case Status::ended:
      return "gone: the server's session list shows the end";
    case Status::failed:
      return "not gone, as far as is known: refused, or listed as alive";
    case Status::unknown:
      return "maybe gone: asked, but no trustworthy answer came";
    case Status::unsent:
      return "not gone, as far as is known: not sent, or turned away";
    case Status::invalid:
      return "no usable ID in the row; nothing was sent";
    case Status::duplicate:
      return "the same ID stands in an earlier row";
    default:
      return "on a protect list, left alone on purpose";
  }
}

}  // namespace bulkdrop
