#!/bin/sh
# One shard of a job: begins it, or goes on with it where it stopped. Kubernetes and Slurm call this, and GNU parallel.
#
#   SHARDS=8 SHARD=3 RUNS=/runs sh samples/shard.sh [DROP OPTION...] EXPORT...
#
#   SHARDS        how many there are
#   SHARD         which one this is, from 1; if it is not set: JOB_COMPLETION_INDEX + 1 (Kubernetes Indexed Job), or
#                 SLURM_ARRAY_TASK_ID (Slurm, --array=1-8). `none`: say only whether RUNS is this job's: exit code 0 if so,
#                 1 if it is no job's yet, 2 if it is another's
#   RUNS          an existing directory that outlives this machine; the run directories are made in it: shard-1, …
#   RATE          most requests a second of all shards together; each gets its part
#   CONCURRENCY   most requests in flight of all shards together; each gets its part, and at least one
#   BULKDROP      the program (default: bulkdrop)
#
# Server and login come from the environment (BULKDROP_URL, BULKDROP_CLIENT_ID, BULKDROP_CLIENT_SECRET_FILE, …) or from
# BULKDROP_CONFIG, because a shard that is taken up again needs them, too, and is given nothing else. All shards must be
# given the same EXPORT and options. RUNS/job remembers what the job is: server, number of shards, inputs and sessions by
# their SHA-256; for another job nothing is sent. The exit code is bulkdrop's.
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
[ "$shard" = none ] || is_number "$shard" || fail 'SHARD must say which shard this is, from 1'
[ -d "$runs" ] || fail 'RUNS must name an existing directory for the run directories'
run=$runs/shard-$shard

# What makes a job the same: a few members of the plan that bulkdrop would save for the whole of it.
mkdir -p "$runs/.plan"
plan=$(mktemp -d "$runs/.plan/XXXXXXXX")
trap 'rm -rf -- "$plan"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
"$bulkdrop" drop --dry-run --save-plan "$plan/plan" "$@" >/dev/null || fail 'the input or the options can not be used (see above)'
{
  echo "shards $shards"
  sed -n -e '/^ *"sessions_sha256":/p' -e '/^  "url":/p' -e '/^  "to_drop":/p' \
    -e 's/^ *{"name":.*"sha256": \("[0-9a-f]*"\).*/input \1/p' "$plan/plan"
} >"$plan/job"
known=yes
if [ ! -e "$runs/job" ]; then
  for begun in "$runs"/shard-*/journal.jsonl; do
    [ ! -e "$begun" ] || fail "$runs holds shards, and nothing says of which job: give another directory as RUNS"
  done
  known=no
  # A link is there at once and whole, or not at all; another shard may be as far.
  [ "$shard" = none ] || ln "$plan/job" "$runs/job" 2>/dev/null || [ -e "$runs/job" ] || fail "$runs/job can not be written"
fi
if [ -e "$runs/job" ] && [ "$(cat "$plan/job")" != "$(cat "$runs/job")" ]; then
  fail "$runs is that of another job (other SHARDS, server or input): nothing was sent. Go on with the SHARDS, server and
input it was begun with, or give another directory as RUNS"
fi
if [ "$shard" = none ]; then
  [ $known = yes ] || exit 1
  exit 0
fi
rm -rf -- "$plan"
trap - EXIT TERM INT

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
