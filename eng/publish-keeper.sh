#!/bin/sh
# Publishes Keeper as one file, OUTDIR/keeper: a static NativeAOT binary where clang and lld are installed, else a trimmed single file.
# Works on a copy of the sources, because these flavours restore other packages than the build and must not disturb it.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 OUTDIR" >&2; exit 64; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp "$root/global.json" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/.editorconfig" "$copy/"
for config in "$root"/[Nn]u[Gg]et.[Cc]onfig; do
  if [ -f "$config" ]; then cp "$config" "$copy/"; fi
done
mkdir "$copy/Keeper"
(cd "$root/Keeper" && find . -type f \( -name '*.cs' -o -name '*.csproj' \) ! -path './bin/*' ! -path './obj/*' | tar cf - -T -) | tar xf - -C "$copy/Keeper"
if command -v clang >/dev/null && command -v ld.lld >/dev/null; then flavour=KeeperAot; else flavour=KeeperSelfContained; fi
echo "publish-keeper: $flavour"
dotnet publish "$copy/Keeper" -c Release -v quiet -nologo "-p:$flavour=true" -o "$copy/out"
install -m 755 "$copy/out/Squad.Keeper" "$out/keeper"
