#!/usr/bin/env bash
# Installs what is missing, builds everything in build/release and runs all tests. The last lines are CTest's own,
# and so is the exit code.
#
#   tests/run.sh [CTEST OPTION...]      tests/run.sh -R input
#   BULKDROP_JOBS=N                     compile N files at once (default: one a core, as far as memory goes)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=${BULKDROP_JOBS:-}
if [ -z "$jobs" ]; then
  # One compiler takes up to about 1 GiB here.
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo)
  jobs=$(nproc)
  [ "$jobs" -le "$by_memory" ] || jobs=$by_memory
  [ "$jobs" -ge 1 ] || jobs=1
fi

bash .ci/install-packages.sh tests
cmake --preset release -DBULKDROP_TESTS=ON -DBULKDROP_SANDBOX=ON -DBULKDROP_BENCH=ON
cmake --build --preset release -j "$jobs"
# Tests of the real program wait for servers more than they work.
exec ctest --preset release --output-on-failure -j $((jobs + 1)) "$@"
