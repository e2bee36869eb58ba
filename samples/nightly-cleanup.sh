#!/bin/sh
# Ends the sessions that have been active for too long: lists them, drops them under a cap, and holds the outcome against
# the server's list. Says nothing when all is well, "nothing to do" included; a name that no listed session has
# is told of. systemd, cron and Kubernetes call this.
#
#   STATE=/var/lib/bulkdrop-cleanup nightly-cleanup.sh [LIST OPTION...]      nightly-cleanup.sh --protocol rdp
#
#   STATE          an existing directory for the record of each night (default: STATE_DIRECTORY, as systemd sets it)
#   OLDER_THAN     how long a session may be active (default: 12h)
#   MAX_SESSIONS   more than this, and nothing is dropped: exit code 5 (default: 100)
#   KEEP           of how many nights the record is kept (default: 30)
#   BULKDROP       the program (default: bulkdrop)
#
# Server and login come from the environment (BULKDROP_URL, …), from BULKDROP_CONFIG, or from CREDENTIALS_DIRECTORY.
# BULKDROP_METRICS is the file of `bulkdrop drop`. A night without a list leaves its exit code there, too; what a list that
# came says of itself does not get there, or monitoring would take it for the night. The exit code is that of `bulkdrop
# list`, if there was no list, or of `bulkdrop drop`; 75 if the last one is still at it. A night that was cut off needs no
# resume: what it left alive is in the next night's list.
set -eu
umask 077

fail() {
  echo "nightly-cleanup.sh: $1" >&2
  exit "${2:-2}"
}

is_number() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
}

state=${STATE:-${STATE_DIRECTORY:-}}
bulkdrop=${BULKDROP:-bulkdrop}
keep=${KEEP:-30}
[ -d "$state" ] || fail 'STATE must name an existing directory for the record of each night'
is_number "$keep" || fail 'KEEP must say of how many nights the record is kept'
command -v "$bulkdrop" >/dev/null || fail "$bulkdrop: no such program"

exec 9>"$state/lock"
flock -n 9 || fail "$state: the last clean-up is still at it" 75
night=$state/$(date -u +night-%Y%m%dT%H%M%SZ)-$$
mkdir "$night"

# Whoever stops this script means bulkdrop, which ends in good order then; alone, as the first process of a container, it
# would not even be told.
child=''
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' HUP INT TERM
run() {
  "$@" 9>&- &
  child=$!
  code=0
  wait "$child" || code=$?
  # A signal ends the wait, not the program.
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  child=''
}

metrics=${BULKDROP_METRICS:-}
[ -z "$metrics" ] || export BULKDROP_METRICS="$night/list.prom"
run "$bulkdrop" list -q --active --older-than "${OLDER_THAN:-12h}" "$@" >"$night/list.csv" 2>"$night/output"
[ -z "$metrics" ] || export BULKDROP_METRICS="$metrics"
# What a list that came says with -q is about its options: a name that no session has, and the night does nothing.
said=0
if [ "$code" -eq 0 ] && [ -s "$night/output" ]; then
  cat "$night/output" >&2
  said=$(wc -c <"$night/output")
fi
if [ "$code" -eq 0 ]; then
  run "$bulkdrop" drop -q --yes --max-sessions "${MAX_SESSIONS:-100}" --verify --reason "nightly clean-up" \
    --out "$night/run" "$night/list.csv" >>"$night/output" 2>&1
elif [ -n "$metrics" ] && [ -f "$night/list.prom" ]; then
  # Whole or not at all, and under a name that is no metrics file's until then.
  { cp -p "$night/list.prom" "$metrics.$$" && mv -f "$metrics.$$" "$metrics"; } 2>>"$night/output" ||
    echo "nightly-cleanup.sh: $metrics: could not be written" >>"$night/output"
fi
if [ "$code" -ne 0 ]; then tail -c "+$((said + 1))" "$night/output" >&2; fi

# The names sort by time.
set -- "$state"/night-*
while [ $# -gt "$keep" ]; do
  rm -rf -- "$1"
  shift
done
exit "$code"
