// What other processes, and files left behind, could show of this process's secrets.
#pragma once

namespace bulkdrop::cli {

// No core file, whatever the limits we were started with, and nobody but root may read our memory: it holds
// tokens. Call it before any secret is read.
void forbid_core_dumps();

// Overwrites the user and password of --proxy in the arguments (as `ps` shows them) and of BULKDROP_PROXY in
// the environment, in place. Call it once both have been read; before any thread exists.
void hide_proxy_password(char** argv);

}  // namespace bulkdrop::cli
