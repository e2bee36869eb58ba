// How a journal that is there is opened.
#pragma once

#include <string>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

// `flags`: of open(2), besides O_CLOEXEC. Never waits, and follows no symbolic link: that would let whoever
// may write in the directory choose the file that is read, cut and appended to. Error(run_directory), also
// for what is no regular file.
Fd open_journal(const std::string& path, int flags);

}  // namespace bulkdrop::record
