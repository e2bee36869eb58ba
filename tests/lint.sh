#!/usr/bin/env bash
# clang-format and clang-tidy over all of the project's own sources.
#
#   tests/lint.sh [FILE...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash .ci/install-packages.sh lint
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(git ls-files 'src/*.cpp' 'include/*.hpp' 'tests/*.cpp' 'tests/*.hpp' 'bench/*.cpp')
fi
shellcheck .ci/*.sh .ci/run tests/*.sh tests/*/*.sh samples/*.sh bench/*.sh
clang-format --dry-run --Werror "${files[@]}"
# A configuration of its own: clang can't read the precompiled headers that GCC makes for the tests.
cmake --preset debug -B build/lint -DBULKDROP_TESTS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
sources=()
for file in "${files[@]}"; do
  case $file in bench/*) ;; *.cpp) sources+=("$file") ;; esac
done
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/lint --quiet
