#!/usr/bin/env bash
# How well a run finds the pace of servers that it does not know, in real time: bulkdrop without any tuning beside
# `curl -Z` and `xargs -P curl` with fixed numbers, against bulkdrop-sandbox, alone and behind nginx.
#
#   bench/pace_peers.sh [--only TEXT]      (default: all servers, about ten minutes)
#
#   --only TEXT   only the servers with TEXT in their names
#
# bench/pace_peers.md holds one table with its date, and says how to read it. Needs loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case $#:${1-}:${2-} in
  0::) ;;
  2:--only:?*) ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

bash .ci/install-packages.sh build bench >&2
{
  cmake --preset bench -DBULKDROP_SANDBOX=ON
  cmake --build --preset bench -j "$(nproc)" --target bulkdrop bulkdrop-sandbox
} >&2
exec python3 bench/pace_peers.py build/bench "$@"
