#!/usr/bin/env bash
# Builds the server and serves it in the foreground. SQUAD_URLS and SQUAD_DATA say where; see docs/operations.md.
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
. eng/runtime.sh
dotnet build Silo/Squad.Silo.csproj -c "$configuration" -p:OrleansRuntime="$runtime" -v quiet -nologo
export SQUAD_DATA=${SQUAD_DATA:-$PWD/data}
exec "Silo/$bin/$configuration/net10.0/Squad.Silo"
