#!/usr/bin/env bash
# Installs what bulkdrop needs from Debian's packages, and only what is missing: when all is there, it asks nobody
# and needs no network.
#
#   .ci/install-packages.sh [build|tests|demo|bench|charts|lint|fuzz]...      (default: tests)
#
# For Debian 12 and 13 and their relatives, as root or through sudo. Where the packages are provided in another
# way, BULKDROP_SKIP_PACKAGES=1 makes it do nothing.
set -euo pipefail

build=(ca-certificates cmake g++ libboost-dev libcli11-dev libcurl4-openssl-dev libfmt-dev libhowardhinnant-date-dev
       libmimalloc-dev libre2-dev libsimdjson-dev libssl-dev libtomlplusplus-dev libxxhash-dev ninja-build pkgconf)
tests=(binutils chromium chromium-driver curl dpkg-dev fish haproxy jq libboost-test-dev librapidcheck-dev lintian man-db
       mandoc nginx openssl parallel prometheus prometheus-node-exporter python3 python3-jsonschema python3-oauthlib python3-yaml
       strace systemd valgrind zsh)
bench=(csvkit curl jq libbenchmark-dev miller nghttp2-client nginx openssl python3 python3-aiohttp time util-linux)
charts=(python3-matplotlib)
fuzz=(clang libclang-rt-dev)
lint=(clang-format clang-tidy git libboost-test-dev librapidcheck-dev shellcheck)

wanted=("${build[@]}")
[ $# -gt 0 ] || set -- tests
for purpose in "$@"; do
  case $purpose in
    build | demo) ;;
    tests) wanted+=("${tests[@]}" "${bench[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    charts) wanted+=("${charts[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    *)
      echo "install-packages: no purpose is called '$purpose': build, tests, demo, bench, charts, lint or fuzz" >&2
      exit 2
      ;;
  esac
done
[ -z "${BULKDROP_SKIP_PACKAGES:-}" ] || exit 0

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  {
    echo "install-packages: this is not a Debian system. Install what these Debian packages hold, then set BULKDROP_SKIP_PACKAGES=1:"
    printf '  %s\n' "${wanted[@]}"
  } >&2
  exit 1
fi

installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' | sed -n 's/^ii //p' | sed 's/:.*//')
missing=$(comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(sort -u <<<"$installed"))
[ -n "$missing" ] || exit 0
mapfile -t packages <<<"$missing"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-packages: not root, and no sudo here. As root: apt-get install --no-install-recommends ${packages[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# A package with a service (nginx) would start it: the tests start their own, on ports of their own. policy-rc.d is
# how Debian says no to that; one that stands there already is the administrator's and stays as it is.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
clean_up() {
  rm -f "$log"
  if [ -n "${policy_is_ours:-}" ]; then "${as_root[@]}" rm -f "$policy"; fi
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ]; then
  policy_is_ours=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

# Nobody is there to be asked about a file in /etc that differs: it stays as it is.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
    -o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold "$@" </dev/null >>"$log" 2>&1
}

echo "install-packages: installing ${packages[*]}" >&2
apt update || echo "install-packages: apt-get update failed; trying with the package lists that are here" >&2
if ! apt install --no-install-recommends "${packages[@]}"; then
  tail -n 20 "$log" >&2
  echo "install-packages: apt-get could not install ${packages[*]}" >&2
  exit 1
fi
