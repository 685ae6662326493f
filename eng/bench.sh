#!/usr/bin/env bash
# Runs the benchmarks (all, or those named) and prints their tables.
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
shift || true
. eng/runtime.sh
eng/services.sh
if docker version >/dev/null 2>&1; then eng/image.sh; fi
exec "tests/bench/$bin/$configuration/net10.0/Squad.Bench" "${@:-all}"
