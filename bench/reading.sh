#!/usr/bin/env bash
# What reading an export costs: bulkdrop's dry run beside other programs that read the same file.
#
#   bench/reading.sh [--quick] [--save] [--build DIR] [ROWS [ROUNDS]]     (default: 1000000 rows, 5 rounds)
#
#   --quick       2,000 rows, 1 round: shows that it works, measures nothing
#   --save        keep the tables and the raw results in bench/results/
#   --build DIR   measure what was built there, with everything installed, instead of installing and building
#
# All on core 1, one after the other, from the page cache. bulkdrop checks every ID, finds the duplicates and counts
# whose sessions they are; the others only find one column.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

save='' bin='' rows='' rounds='' quick=''
while [ $# -gt 0 ]; do
  case $1:${2-} in
    --quick:*) quick=yes ;;
    --save:*) save=yes ;;
    --build:?*) bin=$2; shift ;;
    [1-9]*) if [ -z "$rows" ]; then rows=$1; else rounds=$1; fi ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ -z "$quick" ] || { rows=${rows:-2000} rounds=${rounds:-1}; }
rows=${rows:-1000000} rounds=${rounds:-5}
for number in "$rows" "$rounds"; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || { echo "reading: '$number' is not a number" >&2; exit 2; }
done

if [ -z "$bin" ]; then
  bash .ci/install-packages.sh bench
  {
    cmake --preset bench -DBULKDROP_SANDBOX=OFF
    cmake --build --preset bench -j "$(nproc)" --target bulkdrop
  } >&2
  bin=$PWD/build/bench
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/bulkdrop-reading.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
core=1
[ "$(nproc)" -ge 2 ] || core=0
load=$(cut -d ' ' -f 1 /proc/loadavg)
failed=''

python3 bench/measure.py exports "$rows" "$work"
(umask 077 && echo benchmark >"$work/token")

measure() {  # measure EXPORT READER COMMAND...
  local export=$1 reader=$2
  shift 2
  python3 bench/measure.py read "$work/$export.results" "$reader" "$work/sessions.$export" "$rows" "$work/output" \
    taskset -c "$core" "$@" || { failed=yes; tail -n 5 "$work/output" >&2; }
}
bulkdrop() {  # bulkdrop EXPORT
  measure "$1" 'bulkdrop --dry-run' "$bin/bulkdrop" drop --dry-run --url https://pam.example --token-file "$work/token" \
    "$work/sessions.$1"
}

for ((round = 1; round <= rounds; ++round)); do
  echo "round $round of $rounds" >&2
  measure csv 'wc -l' wc -l "$work/sessions.csv"
  bulkdrop csv
  measure csv 'cut -d,' cut -d, -f2 "$work/sessions.csv"
  measure csv 'miller' mlr --icsv --onidx cut -f 'Session ID' "$work/sessions.csv"
  measure csv 'csvkit' csvcut -c 'Session ID' "$work/sessions.csv"
  measure jsonl 'wc -l' wc -l "$work/sessions.jsonl"
  bulkdrop jsonl
  measure jsonl 'miller' mlr --ijsonl --onidx cut -f session_id "$work/sessions.jsonl"
  measure jsonl 'jq' jq -r .session_id "$work/sessions.jsonl"
done

{
  for export in csv jsonl; do
    echo "$export: $rows rows, $(($(stat -c %s "$work/sessions.$export") / 1000000)) MB, from the page cache; median of $rounds rounds; CPU is user + system"
    echo
    python3 bench/measure.py reading "$work/$export.results" 'bulkdrop --dry-run'
    echo
  done
  echo "$(nproc) cores, load average $load at the start, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sed -n 1p), Linux $(uname -r | cut -d . -f 1,2); $(mlr --version), $(csvcut --version), $(jq --version)"
  echo "bulkdrop checks every ID, finds duplicates and counts whose sessions they are; cut knows no quotes; the others find one column."
  echo "Not measured here: a cold disk, a pipe, more than one file."
} >"$work/table.txt"
cat "$work/table.txt"
if [ -n "$save" ]; then
  mkdir -p bench/results
  kept=bench/results/reading-$(date -u +%Y%m%dT%H%M%SZ)
  cp "$work/table.txt" "$kept.txt"
  for export in csv jsonl; do cp "$work/$export.results" "$kept-$export.jsonl"; done
  echo "saved as $kept.txt and $kept-*.jsonl" >&2
fi
[ -z "$failed" ] || { echo "reading: not every program read it" >&2; exit 1; }
