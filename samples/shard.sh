#!/bin/sh
# One shard of a job: begins it, or goes on with it where it stopped. Kubernetes and Slurm call this, and GNU parallel.
#
#   SHARDS=8 SHARD=3 RUNS=/runs sh samples/shard.sh [DROP OPTION...] EXPORT...
#
#   SHARDS        how many there are
#   SHARD         which one this is, from 1; if it is not set: JOB_COMPLETION_INDEX + 1 (Kubernetes Indexed Job), or
#                 SLURM_ARRAY_TASK_ID (Slurm, --array=1-8)
#   RUNS          an existing directory that outlives this machine; the run directories are made in it: shard-1, …
#   RATE          most requests a second of all shards together; each gets its part
#   CONCURRENCY   most requests in flight of all shards together; each gets its part, and at least one
#   BULKDROP      the program (default: bulkdrop)
#
# Server and login come from the environment (BULKDROP_URL, BULKDROP_CLIENT_ID, BULKDROP_CLIENT_SECRET_FILE, …) or from
# BULKDROP_CONFIG, because a shard that is taken up again needs them, too, and is given nothing else. All shards must be
# given the same EXPORT and options. The exit code is bulkdrop's.
set -eu

fail() {
  echo "shard.sh: $1" >&2
  exit 2
}

is_number() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
}

shards=${SHARDS:-}
runs=${RUNS:-}
bulkdrop=${BULKDROP:-bulkdrop}
if [ -n "${SHARD:-}" ]; then
  shard=$SHARD
elif [ -n "${JOB_COMPLETION_INDEX:-}" ]; then
  shard=$((JOB_COMPLETION_INDEX + 1))
else
  shard=${SLURM_ARRAY_TASK_ID:-}
fi
is_number "$shards" || fail 'SHARDS must say how many shards there are'
is_number "$shard" || fail 'SHARD must say which shard this is, from 1'
[ -d "$runs" ] || fail 'RUNS must name an existing directory for the run directories'
run=$runs/shard-$shard

# A directory without a journal is of a start that was cut off before anything was sent. It makes room, unless a process
# still has it: bulkdrop holds this lock while it lives.
if [ -d "$run" ] && [ ! -e "$run/journal.jsonl" ]; then
  # shellcheck disable=SC2016  # the inner shell expands it
  flock -n "$run" sh -c '[ -e "$1/journal.jsonl" ] || rm -rf -- "$1"' sh "$run" || fail "$run: another bulkdrop is using it"
fi

if [ -e "$run/journal.jsonl" ]; then
  exec "$bulkdrop" resume --yes "$run"
fi
if [ -n "${RATE:-}" ]; then
  set -- --rate "$(awk -v all="$RATE" -v shards="$shards" 'BEGIN { printf "%.6f", all / shards }')" "$@"
fi
if [ -n "${CONCURRENCY:-}" ]; then
  each=$((CONCURRENCY / shards))
  [ "$each" -ge 1 ] || each=1
  set -- --concurrency "$each" "$@"
fi
exec "$bulkdrop" drop --yes --shard "$shard/$shards" --out "$run" "$@"
