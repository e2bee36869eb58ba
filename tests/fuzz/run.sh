#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each of them with libFuzzer, one after the other. What it finds out
# stays in build/fuzz/corpus/TARGET; an input that breaks something stays in build/fuzz/found, and the exit code is 1.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]      (default: 60 seconds for each of all)
#   build/fuzz/tests/fuzz/fuzz_TARGET FILE       runs one input again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1:-60}
[ $# -eq 0 ] || shift
bash .ci/install-packages.sh fuzz
cmake --preset fuzz >/dev/null
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for seeds in tests/fuzz/corpus/*; do targets+=("${seeds##*/}"); done
fi
cmake --build --preset fuzz -j "${BULKDROP_JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}"

# Freed buffers of 256 KiB need not be kept by the hundred megabytes.
export ASAN_OPTIONS=quarantine_size_mb=16${ASAN_OPTIONS:+:$ASAN_OPTIONS}
mkdir -p build/fuzz/found
status=0
for target in "${targets[@]}"; do
  kept=build/fuzz/corpus/$target
  log=build/fuzz/found/$target.log
  mkdir -p "$kept"
  if "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4000 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$target-" "$kept" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    awk -v target="$target" '/^stat::number_of_executed_units:/ {runs = $2} /^stat::average_exec_per_sec:/ {rate = $2}
                             END {printf "%-14s %10d runs, %6d a second\n", target, runs, rate}' "$log"
  else
    status=1
    printf '%-14s broken: %s\n' "$target" "$(grep -aE -m 1 'does not hold|ERROR|runtime error' "$log" || tail -n 1 "$log")"
  fi
done
exit $status
