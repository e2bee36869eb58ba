#!/usr/bin/env bash
# What one drop costs: bulkdrop beside a bare libcurl loop, curl -Z and h2load, against the same nginx in one run.
#
#   bench/compare.sh [--quick] [--save] [--build DIR] [ROWS [ROUNDS]]       (default: 200000 rows, 5 rounds)
#
#   --quick       2,000 rows, 1 round: shows that it works, measures nothing
#   --save        keep the table and the raw results in bench/results/
#   --build DIR   measure what was built there, with everything installed, instead of installing and building
#
# nginx has core 0, the client core 1. Every client must send exactly ROWS DELETEs and get 200 for each, or the
# comparison fails. Needs loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

save='' quick='' bin='' numbers=()
while [ $# -gt 0 ]; do
  case $1:${2-} in
    --quick:*) quick=yes ;;
    --save:*) save=yes ;;
    --build:?*) bin=$2; shift ;;
    [1-9]*) numbers+=("$1") ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
rows=${numbers[0]:-200000} rounds=${numbers[1]:-5}
[ -z "$quick" ] || { rows=${numbers[0]:-2000} rounds=${numbers[1]:-1}; }
for number in "$rows" "$rounds"; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || { echo "compare: '$number' is not a number" >&2; exit 2; }
done

if [ -z "$bin" ]; then
  bash .ci/install-packages.sh bench
  {
    cmake --preset bench -DBULKDROP_SANDBOX=OFF
    cmake --build --preset bench -j "$(nproc)" --target bulkdrop bare_loop
  } >&2
  bin=$PWD/build/bench
fi
PATH=$PATH:/usr/sbin

work=$(mktemp -d "${TMPDIR:-/tmp}/bulkdrop-bench.XXXXXX")
nginx_pid=''
clean_up() {
  if [ -n "$nginx_pid" ]; then
    kill "$nginx_pid" 2>/dev/null || true
    wait "$nginx_pid" 2>/dev/null || true
  fi
  rm -rf "$work" ${ram:+"$ram"}
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

server_core=0 client_core=1
if [ "$(nproc)" -lt 2 ]; then
  client_core=0
  echo "compare: one core only: server and client share it, wall times mean little" >&2
fi

# The static success answer of the API. What is no DELETE or no 200 is logged, so that an empty log is proof.
cat >"$work/nginx.conf.in" <<'CONF'
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 4096; }
http {
  map "$request_method $status" $unexpected { "DELETE 200" 0; default 1; }
  access_log unexpected.log combined if=$unexpected;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  default_type application/json;
  server {
    listen 127.0.0.1:@PORT@ backlog=4096;
    location = /status { access_log off; stub_status; }
    location /api/pam/session/drop/ {
      return 200 '{"code":200,"response":{"status":200,"message":"Sessão interrompida com sucesso","error":false,"error_code":0,"detail":"","mensagem":"Sessão interrompida com sucesso","erro":false,"cod_erro":0}}';
    }
  }
}
CONF
for _ in 1 2 3 4 5; do
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  sed "s/@PORT@/$port/" "$work/nginx.conf.in" >"$work/nginx.conf"
  taskset -c "$server_core" nginx -p "$work/" -c nginx.conf -e error.log 2>>"$work/start.log" &
  nginx_pid=$!
  if curl -sf --noproxy '*' --retry 20 --retry-connrefused --retry-delay 0 --retry-max-time 10 -o /dev/null "http://127.0.0.1:$port/status" &&
    kill -0 "$nginx_pid" 2>/dev/null; then
    break
  fi
  kill "$nginx_pid" 2>/dev/null || true
  wait "$nginx_pid" 2>/dev/null || true
  nginx_pid=''
done
[ -n "$nginx_pid" ] || { cat "$work/start.log" >&2; echo "compare: nginx does not start" >&2; exit 1; }

server=http://127.0.0.1:$port drops=http://127.0.0.1:$port/api/pam/session/drop/
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
python3 bench/measure.py input "$rows" "$work" "$drops"
(umask 077 && echo benchmark >"$work/token")

ram=''
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ]; then ram=$(mktemp -d /dev/shm/bulkdrop-compare.XXXXXX); fi

load=$(cut -d ' ' -f 1 /proc/loadavg)
failed=''
measure() {  # measure CLIENT COMMAND...
  local client=$1
  shift
  python3 bench/measure.py run "$work/results.jsonl" "$client" "$server/status" "$rows" "$work/output" \
    taskset -c "$client_core" "$@" || { failed=yes; tail -n 5 "$work/output" >&2; }
}
for ((round = 1; round <= rounds; ++round)); do
  echo "round $round of $rounds" >&2
  measure bulkdrop "$bin/bulkdrop" drop --url "$server" --token-file "$work/token" --concurrency 64 --yes \
    --progress never --out "$work/run" "$work/sessions.csv"
  rm -rf "$work/run"
  if [ -n "$ram" ]; then
    measure 'no syncs' "$bin/bulkdrop" drop --url "$server" --token-file "$work/token" --concurrency 64 --yes \
      --progress never --out "$ram/run" "$work/sessions.csv"
    rm -rf "$ram/run"
  fi
  measure bare_loop "$bin/bench/bare_loop" "$drops" "$work/ids.txt" 64
  measure 'curl -Z' curl -q -s --no-progress-meter -Z --parallel-max 64 -X DELETE -H 'Authorization: Bearer benchmark' -K "$work/curl.conf"
  measure h2load h2load --h1 -t1 -c64 -n "$rows" -H ':method: DELETE' -H 'authorization: Bearer benchmark' -i "$work/urls.txt"
done
if [ -s "$work/unexpected.log" ]; then
  failed=yes
  echo "compare: requests that were no DELETE or not answered with 200, the first of $(wc -l <"$work/unexpected.log"):" >&2
  head -n 3 "$work/unexpected.log" >&2
fi

{
  echo "$rows distinct DELETEs over HTTP/1.1 keep-alive, 64 in flight, median of $rounds rounds; CPU is user + system of the client"
  echo
  python3 bench/measure.py table "$work/results.jsonl" "$rows"
  echo
  echo "$(nproc) cores, load average $load at the start, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sed -n 1p), Linux $(uname -r); $(nginx -v 2>&1 | sed 's/^nginx version: //'), $(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), $(h2load --version)"
  echo "bulkdrop checks each answer in full and syncs a journal and reports to $(stat -f -c %T "$work"); bare_loop parses, keeps"
  echo "nothing; curl and h2load look at nothing, and h2load's 64 clients each walk the list of URLs from its start."
  echo "Not measured here: TLS, HTTP/2, a slow or a far server, errors and retries, a slow disk, other numbers in flight."
} >"$work/table.txt"
cat "$work/table.txt"
if [ -n "$save" ]; then
  mkdir -p bench/results
  kept=bench/results/$(date -u +%Y%m%dT%H%M%SZ)
  cp "$work/table.txt" "$kept.txt"
  cp "$work/results.jsonl" "$kept.jsonl"
  echo "saved as $kept.txt and $kept.jsonl" >&2
fi
if [ -n "$failed" ]; then
  echo "compare: not every client did its $rows requests: the table compares nothing" >&2
  exit 1
fi
