#!/usr/bin/env bash
# bulkdrop at work, on this machine only: builds it, starts the PAM Core emulator bulkdrop-sandbox on a free loopback
# port, and drops every session of the export that the emulator wrote. Needs no PAM server and harms no session.
#
#   samples/demo.sh [DROP OPTION...]      samples/demo.sh --rate 50
#   BULKDROP_DEMO_SESSIONS=N              how many sessions (default 1200)
#
# The exit code is bulkdrop's. All that it writes is in build/demo, until the next demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sessions=${BULKDROP_DEMO_SESSIONS:-1200}
bin=build/release demo=build/demo

{
  bash .ci/install-packages.sh demo
  # A tree that is configured already keeps what it was configured for, its tests included.
  if [ -e "$bin/build.ninja" ]; then
    cmake --preset release -DBULKDROP_SANDBOX=ON
  else
    cmake --preset release -DBULKDROP_SANDBOX=ON -DBULKDROP_TESTS=OFF
  fi
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1048576) + 1}' /proc/meminfo)
  jobs=$(nproc)
  [ "$jobs" -le "$by_memory" ] || jobs=$by_memory
  cmake --build --preset release -j "$jobs" --target bulkdrop bulkdrop-sandbox
} >&2

sandbox_pid=''
# shellcheck disable=SC2317  # the trap calls it
clean_up() {
  if [ -n "$sandbox_pid" ]; then
    kill "$sandbox_pid" 2>/dev/null || true
    wait "$sandbox_pid" 2>/dev/null || true
  fi
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

rm -rf "$demo"
mkdir -p "$demo"
: >"$demo/sandbox.out"  # there before the first look at it
(umask 077 && head -c 24 /dev/urandom | base64 >"$demo/client-secret")

"$bin/bulkdrop-sandbox" --port 0 --sessions "$sessions" --seed 7 --latency 20ms --workers 16 \
  --client-id demo --client-secret-file "$demo/client-secret" \
  --export "$demo/remote-sessions.csv" --ledger "$demo/ledger" >"$demo/sandbox.out" 2>"$demo/sandbox.err" &
sandbox_pid=$!
url=''
for ((tries = 0; tries < 200; ++tries)); do
  url=$(sed -n '1s/^listening on //p' "$demo/sandbox.out")
  [ -z "$url" ] || break
  kill -0 "$sandbox_pid" 2>/dev/null || break
  sleep 0.05
done
if [ -z "$url" ]; then
  cat "$demo/sandbox.err" >&2
  echo "demo: bulkdrop-sandbox did not start" >&2
  exit 1
fi

drop=("$bin/bulkdrop" drop --url "$url" --client-id demo --client-secret-file "$demo/client-secret" --yes
      --reason demo --out "$demo/run" "$@" "$demo/remote-sessions.csv")
printf '\n$' >&2
printf ' %q' "${drop[@]}" >&2
printf '\n\n' >&2

code=0
"${drop[@]}" || code=$?
printf '\nexit code %d\nrun directory: %s\n' "$code" "$PWD/$demo/run"
exit "$code"
