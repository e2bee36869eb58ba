#!/usr/bin/env bash
# Several processes on this machine, one a shard, under GNU parallel; then one report of them all, in RUNS/merged.
#
#   SHARDS=4 RUNS=runs RATE=40 samples/shard-parallel.sh [DROP OPTION...] EXPORT...
#
# shard.sh, beside this script, says what the variables mean and where server and login come from. Before anything is sent, a
# dry run shows the whole of it and, at a terminal, the count must be typed; elsewhere COUNT=N must say it.
#
# Stopped or killed, it is simply run again: each shard goes on where it stopped, and nobody is asked twice about the same
# job. With another input, server or SHARDS it refuses before anything is sent. It exits with the code of the merged report:
# 0 if every session is gone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bulkdrop=${BULKDROP:-bulkdrop}
: "${SHARDS:?says how many processes there are to be}"
: "${RUNS:?names a directory for the run directories}"
export SHARDS RUNS
mkdir -p "$RUNS"
merged=$RUNS/merged

same_job=0
SHARD=none sh "$here/shard.sh" "$@" || same_job=$?
if [ "$same_job" -gt 1 ]; then exit 2; fi
if [ "$same_job" -eq 1 ]; then
  "$bulkdrop" drop --dry-run "$@" >&2
  count=$("$bulkdrop" drop --dry-run --json "$@" | sed -n 's/.*"to_drop":\([0-9]*\).*/\1/p')
  if [ -z "${COUNT:-}" ] && [ -t 0 ]; then
    read -r -p "Type $count to terminate these sessions: " COUNT
  fi
  if [ "${COUNT:-}" != "$count" ]; then
    echo "shard-parallel.sh: $count sessions would be dropped, and not ${COUNT:-(COUNT is not set)}: nothing was sent; COUNT=$count allows it" >&2
    exit 2
  fi
fi

[ ! -e "$merged/merged.json" ] || rm -rf -- "$merged"  # only a report; it is made anew

# Not as arguments of parallel, which would take the {40} of an expression for one of its own words.
drop_words=''
[ $# -eq 0 ] || printf -v drop_words ' %q' "$@"
# shellcheck disable=SC2317  # parallel calls it
one_shard() {
  eval "set --$DROP_WORDS"
  exec sh "$SHARD_SCRIPT" "$@"
}
export -f one_shard
export DROP_WORDS=$drop_words SHARD_SCRIPT=$here/shard.sh PARALLEL_SHELL=$BASH

# A process that stops or fails is no reason to stop the others: the merged report says what became of it. Ctrl-C lets
# requests in flight finish.
parallel --will-cite --plain --jobs "$SHARDS" --line-buffer --tag --termseq INT,60000,TERM,10000,KILL,25 \
  'SHARD={} one_shard' < <(seq "$SHARDS") >&2 || true
exec "$bulkdrop" report --out "$merged" "$RUNS"/shard-*/
