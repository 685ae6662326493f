#!/usr/bin/env bash
# Runs every test suite and prints the sum as its last line: 'N passed, N failed, N skipped'.
#   eng/test.sh [CONFIGURATION] [SUITE...]     a suite is a folder of tests/, or 'page'
# RUNTIME=Packages: the suites of what stands on Orleans, on Microsoft Orleans; all are skipped where no feed has its packages.
# CI=true: what may be skipped elsewhere (Docker, PostgreSQL, browser) must run.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
shift || true
suites=("$@")
. eng/runtime.sh
if [ ${#suites[@]} -eq 0 ]; then
  case $runtime in
    Embedded) suites=(Repo.Tests Orleans.Tests Orleans.Embedded.Tests Keeper.Tests Platform.Tests Grains.Tests Simulation Api.Tests EndToEnd page) ;;
    Packages) suites=(Orleans.Tests Grains.Tests Api.Tests EndToEnd) ;;
  esac
fi
if [ "$runtime" = Packages ]; then
  restored=$(dotnet restore Squad.Orleans.sln -p:OrleansRuntime=Packages -v quiet 2>&1)
  if missing=$(grep -om1 'Microsoft Orleans [0-9.]* cannot be restored from [^[]*)' <<<"$restored"); then
    echo "$missing; its suites are skipped: ${suites[*]}."
    echo "0 passed, 0 failed, ${#suites[@]} skipped"
    exit 0
  fi
fi
results=$(pwd)/artifacts/test-results
mkdir -p "$results"
passed=0 failed=0 skipped=0 outputs=()

eng/services.sh
if docker version >/dev/null 2>&1; then
  eng/image.sh || echo "The session image could not be made; see above. What needs it is skipped, or fails when CI=true."
fi

add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

attribute() { sed -n "s/.*<assembly [^>]*\\b$2=\"\\([0-9]*\\)\".*/\\1/p" "$1" | head -n 1; }

run_dotnet() {
  local suite=$1 assembly out=$results/$1.xml
  assembly=$(basename "tests/$suite"/*.csproj .csproj)
  rm -f "$out"
  outputs+=("$out")
  "tests/$suite/$bin/$configuration/net10.0/$assembly" -noLogo -noColor -xml "$out" -longRunning 60
  local code=$?
  if [ ! -s "$out" ]; then
    echo "$suite: ended with code $code and no results"
    add 0 1 0
    return
  fi
  add "$(attribute "$out" passed)" "$(($(attribute "$out" failed) + $(attribute "$out" errors)))" "$(attribute "$out" skipped)"
}

run_page() {
  local out=$results/page.json
  rm -f "$out"
  outputs+=("$out")
  (cd ClientApp && npx vitest run --reporter=default --reporter=json --outputFile.json="$out")
  if [ ! -s "$out" ]; then
    echo "page: no results"
    add 0 1 0
    return
  fi
  add $(node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(r.numPassedTests, r.numFailedTests + (r.success || r.numFailedTests ? 0 : 1), r.numPendingTests + r.numTodoTests)' "$out")
}

make --no-print-directory build CONFIGURATION="$configuration" RUNTIME="$runtime" || { echo "The build failed."; echo "0 passed, 1 failed"; exit 1; }
for suite in "${suites[@]}"; do
  echo "== $suite"
  started=$SECONDS
  if [ "$suite" = page ]; then run_page; else run_dotnet "$suite"; fi
  echo "== $suite took $((SECONDS - started)) s"
done

[ "$failed" -eq 0 ] || node eng/failures.mjs "${outputs[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
