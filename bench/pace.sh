#!/usr/bin/env bash
# How well a run finds the pace of servers that it does not know, beside a naive client: whole runs in virtual
# time, against the servers of tests/pace/scenarios.cpp. Needs no network, and gives the same table every time.
#
#   bench/pace.sh [--seed N]       (default: 1)
#
# bench/pace.md holds one table with its date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case $#:${1-}:${2-} in
  0::) ;;
  2:--seed:[0-9]*) ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

bash .ci/install-packages.sh build tests >&2
{
  cmake --preset release
  cmake --build --preset release -j "$(nproc)" --target pace_table
} >&2
exec build/release/tests/pace_table --control "$@"
