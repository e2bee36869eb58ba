#!/usr/bin/env bash
# What one drop costs: bulkdrop beside other clients, against the same nginx in one run.
#
#   bench/compare.sh [--quick] [--save] [--build DIR] [WHAT] [ROWS [ROUNDS]]     (default: clients, 200000 rows, 5 rounds)
#
#   clients       bulkdrop, a bare libcurl loop, curl -Z, h2load, aiohttp, xargs -P curl; 64 in flight
#   in-flight     bulkdrop and the bare loop with 16 to 10,000 in flight
#   tls           bulkdrop and the bare loop over HTTP, HTTPS and HTTP/2
#   --quick       2,000 rows, 1 round: shows that it works, measures nothing
#   --save        keep the table and the raw results in bench/results/
#   --build DIR   measure what was built there, with everything installed, instead of installing and building
#
# nginx has core 0, the client core 1. Every client must send exactly its DELETEs and get 200 for each, or the
# comparison fails. Needs loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

save='' quick='' bin='' what=clients numbers=()
while [ $# -gt 0 ]; do
  case $1:${2-} in
    --quick:*) quick=yes ;;
    --save:*) save=yes ;;
    --build:?*) bin=$2; shift ;;
    clients:* | in-flight:* | tls:*) what=$1 ;;
    [1-9]*) numbers+=("$1") ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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
worker_rlimit_nofile 20000;
events { worker_connections 15000; }
http {
  map "$request_method $status" $unexpected { "DELETE 200" 0; default 1; }
  access_log unexpected.log combined if=$unexpected;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  default_type application/json;
  server {
    listen 127.0.0.1:@PORT@ backlog=4096;
    listen 127.0.0.1:@TLS@ ssl http2 backlog=4096;
    ssl_certificate server.crt;
    ssl_certificate_key server.key;
    location = /status { access_log off; stub_status; }
    location /api/pam/session/drop/ {
      return 200 '{"code":200,"response":{"status":200,"message":"Sessão interrompida com sucesso","error":false,"error_code":0,"detail":"","mensagem":"Sessão interrompida com sucesso","erro":false,"cod_erro":0}}';
    }
  }
}
CONF
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$work/server.key" -out "$work/server.crt" 2>"$work/openssl.log"
for _ in 1 2 3 4 5; do
  read -r port tls_port < <(python3 -c '
import socket
taken = [socket.socket(), socket.socket()]
for one in taken: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in taken))')
  sed "s/@PORT@/$port/; s/@TLS@/$tls_port/" "$work/nginx.conf.in" >"$work/nginx.conf"
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
# Some open thousands of connections; many systems allow 1,024 unless asked.
ulimit -n "$(ulimit -H -n)"

measure() {  # measure CLIENT ROWS COMMAND...
  local client=$1 asked=$2
  shift 2
  python3 bench/measure.py run "$work/results.jsonl" "$client" "$server/status" "$asked" "$work/output" \
    taskset -c "$client_core" "$@" || { failed=yes; tail -n 5 "$work/output" >&2; }
}
bulkdrop() {  # bulkdrop NAME URL RUN_DIRECTORY OPTION...
  local name=$1 url=$2 run=$3
  shift 3
  measure "$name" "$rows" "$bin/bulkdrop" drop --url "$url" --token-file "$work/token" --yes --progress never \
    --out "$run" "$@" "$work/sessions.csv"
  rm -rf "$run"
}
bare_loop() {  # bare_loop NAME URL IN_FLIGHT [HTTP CACERT]
  local name=$1 url=$2
  shift 2
  measure "$name" "$rows" "$bin/bench/bare_loop" "$url/api/pam/session/drop/" "$work/ids.txt" "$@"
}

clients_round() {
  bulkdrop bulkdrop "$server" "$work/run" --concurrency 64
  [ -z "$ram" ] || bulkdrop 'no syncs' "$server" "$ram/run" --concurrency 64
  bare_loop bare_loop "$server" 64
  measure 'curl -Z' "$rows" \
    curl -q -s --no-progress-meter -Z --parallel-max 64 -X DELETE -H 'Authorization: Bearer benchmark' -K "$work/curl.conf"
  measure h2load "$rows" \
    h2load --h1 -t1 -c64 -n "$rows" -H ':method: DELETE' -H 'authorization: Bearer benchmark' -i "$work/urls.txt"
  measure aiohttp "$rows" /usr/bin/python3 bench/aiohttp_client.py "$work/urls.txt" 64
  # A process for each session: a hundredth of the rows shows what one costs.
  measure xargs "$few" xargs -a "$work/few.txt" -P 64 -I{} \
    curl -q -s -o /dev/null --fail -X DELETE -H 'Authorization: Bearer benchmark' "$drops{}"
}

in_flight_round() {
  local number
  for number in 16 64 256 1000 4000 10000; do
    [ "$number" -le "$rows" ] || continue
    bulkdrop "bulkdrop, $number" "$server" "$work/run" --fixed-concurrency --concurrency "$number"
    bare_loop "bare_loop, $number" "$server" "$number"
  done
}

tls_round() {
  local url=https://127.0.0.1:$tls_port
  bulkdrop 'bulkdrop, HTTP' "$server" "$work/run" --concurrency 64 --fixed-concurrency
  bare_loop 'bare_loop, HTTP' "$server" 64
  bulkdrop 'bulkdrop, HTTPS' "$url" "$work/run" --concurrency 64 --fixed-concurrency --cacert "$work/server.crt"
  bare_loop 'bare_loop, HTTPS' "$url" 64 1.1 "$work/server.crt"
  bulkdrop 'bulkdrop, HTTP/2' "$url" "$work/run" --concurrency 64 --fixed-concurrency --cacert "$work/server.crt" --http 2
  bare_loop 'bare_loop, HTTP/2' "$url" 64 2 "$work/server.crt"
}

few=$((rows >= 20000 ? rows / 100 : 200 < rows ? 200 : rows))
head -n "$few" "$work/ids.txt" >"$work/few.txt"
case $what in
  clients) bases=(bare_loop 'curl -Z' aiohttp xargs) ;;
  in-flight) bases=('bare_loop, %' 'bulkdrop, 64' 'bare_loop, 64') ;;
  tls) bases=('bare_loop, %' 'bulkdrop, HTTP' 'bare_loop, HTTP') ;;
esac
for ((round = 1; round <= rounds; ++round)); do
  echo "round $round of $rounds" >&2
  "${what/-/_}_round"
done
if [ -s "$work/unexpected.log" ]; then
  failed=yes
  echo "compare: requests that were no DELETE or not answered with 200, the first of $(wc -l <"$work/unexpected.log"):" >&2
  head -n 3 "$work/unexpected.log" >&2
fi

{
  echo "$rows distinct DELETEs over kept connections, median of $rounds rounds; CPU is user + system of the client"
  echo
  python3 bench/measure.py table "$work/results.jsonl" "${bases[@]}"
  echo
  echo "$(nproc) cores, load average $load at the start, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sed -n 1p), Linux $(uname -r | cut -d . -f 1,2); $(nginx -v 2>&1 | sed 's/^nginx version: //'), $(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), $(h2load --version)"
  echo "bulkdrop checks each answer in full and syncs a journal and reports to $(stat -f -c %T "$work"); bare_loop parses, keeps nothing."
  if [ "$what" = clients ]; then
    echo "aiohttp parses; curl and h2load look at nothing, and h2load's 64 clients each walk the list of URLs from its start; xargs"
    echo "starts a curl for each of $few sessions."
  fi
  echo "Not measured here: a slow or a far server, errors and retries, a slow disk."
} >"$work/table.txt"
cat "$work/table.txt"
if [ -n "$save" ]; then
  mkdir -p bench/results
  kept=bench/results/$what-$(date -u +%Y%m%dT%H%M%SZ)
  cp "$work/table.txt" "$kept.txt"
  cp "$work/results.jsonl" "$kept.jsonl"
  echo "saved as $kept.txt and $kept.jsonl" >&2
fi
if [ -n "$failed" ]; then
  echo "compare: not every client did its requests: the table compares nothing" >&2
  exit 1
fi
