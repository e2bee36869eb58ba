// Who started this program, and where: for whoever has to account for it later.
#pragma once

#include <string>

namespace bulkdrop {

struct Invoker {
  std::string user;  // by /etc/passwd; else what it is called by LOGNAME, with its number
  std::string host;
};

// Through sudo, `user` also says who that was: `root (sudo by ana)`. Nothing here is proof: whoever may write
// the record may write anything. Throws nothing.
Invoker invoker();

}  // namespace bulkdrop
