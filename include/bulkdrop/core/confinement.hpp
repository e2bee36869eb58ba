// What this process may still do to the file system while it talks to a server.
#pragma once

#include <string>
#include <vector>

namespace bulkdrop {

// From here on neither the calling thread nor any thread that it starts later can make, write to, rename or
// remove files, but beneath `directories` (those that don't exist are left out), nor execute a program:
// whoever got hold of it through an answer could not either. Those directories themselves, and empty ones
// beside them, can be removed. Reading is not restricted, nor is what is open already. There is no way back.
// False, and nothing has changed, where the kernel has no Landlock (Linux before 5.13, or switched off).
bool confine_writes(const std::vector<std::string>& directories);

}  // namespace bulkdrop
