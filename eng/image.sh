#!/bin/sh
# Builds the session image: a base (Debian, git, tmux) and Keeper on top.
# The base comes from a registry if one can be reached, else from Debian's packages by debootstrap (root only); either is kept and
# made again only when what it is made from has changed, so that a changed Keeper costs a second or two.
#
#   usage: eng/image.sh [KEEPER-BINARY]     without it Keeper is published by eng/publish-keeper.sh
#
#   SQUAD_SESSION_IMAGE   name of the image. Default: squad-session:latest
#   SQUAD_BASE_FROM       registry or debian: take only this way to the base. Default: registry, then debian
#   SQUAD_DEBIAN_MIRROR   Default: http://deb.debian.org/debian
#   SQUAD_CACHE           Default: ~/.cache/squad
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
source=$here/images/session
image=${SQUAD_SESSION_IMAGE:-squad-session:latest}
base=squad-session-base
mirror=${SQUAD_DEBIAN_MIRROR:-http://deb.debian.org/debian}
suite=bookworm
cache=${SQUAD_CACHE:-${HOME:-/root}/.cache/squad}
work=

say() { printf 'image: %s\n' "$*"; }
fail() { printf 'image: %s\n' "$*" >&2; exit 1; }
cleanup() { [ -z "$work" ] || rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

docker version >/dev/null 2>&1 || fail "no Docker daemon answers; eng/services.sh starts one on Debian as root"
mkdir -p "$cache"
work=$(mktemp -d "$cache/image.XXXXXX")
# The classic builder: it is in every Docker, and finds the base among the local images.
export DOCKER_BUILDKIT=0

# --- the base -------------------------------------------------------------------------------------------------------------

# The key names what the base is made from. Tags of it are kept, so that going back to an older state costs nothing either.
key=$(cat "$source/packages" "$source/setup.sh" "$source/base.Dockerfile" | sha256sum | cut -c1-12)

base_from_registry() {
    [ "${SQUAD_BASE_FROM:-registry}" = registry ] || return 1
    if ! docker image inspect debian:$suite-slim >/dev/null 2>&1; then
        timeout 60 docker pull -q debian:$suite-slim >"$work/pull.log" 2>&1 || {
            say "debian:$suite-slim cannot be pulled: $(tail -1 "$work/pull.log" | cut -c1-160)"
            return 1
        }
    fi
    mkdir "$work/base"
    cp "$source/packages" "$source/setup.sh" "$work/base/"
    docker build -q -t "$base:$key" -f "$source/base.Dockerfile" "$work/base" >"$work/build.log" 2>&1 || {
        say "the base does not build on debian:$suite-slim: $(tail -1 "$work/build.log" | cut -c1-160)"
        return 1
    }
}

base_from_debian() {
    [ "${SQUAD_BASE_FROM:-debian}" = debian ] || return 1
    tarball="$cache/session-base-$key.tar"
    if ! [ -e "$tarball" ]; then
        [ "$(id -u)" = 0 ] || { say "debootstrap needs root"; return 1; }
        command -v debootstrap >/dev/null || { say "debootstrap is not installed"; return 1; }
        root="$work/root"
        mkdir -p "$root" "$cache/debs"
        include=$(grep -v '^#' "$source/packages" | paste -sd, -)
        say "making the base by debootstrap from $mirror (about a minute; kept for later)"
        debootstrap --variant=minbase --include="$include" --cache-dir="$cache/debs" $suite "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || {
            tail -5 "$work/debootstrap.log" >&2
            say "debootstrap failed"
            return 1
        }
        cp "$source/setup.sh" "$root/setup.sh"
        chroot "$root" sh /setup.sh >"$work/setup.log" 2>&1 || { tail -5 "$work/setup.log" >&2; say "images/session/setup.sh failed"; return 1; }
        rm -f "$root/setup.sh" "$root/etc/resolv.conf" "$root/etc/hostname"
        # Renamed when complete: an interrupted run leaves no half tarball to be taken for a whole one.
        tar -C "$root" --numeric-owner --one-file-system -cf "$work/base.tar" .
        mv "$work/base.tar" "$tarball"
    fi
    docker import \
        --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        --change 'ENV LANG=C.UTF-8' --change 'ENV HOME=/home/squad' \
        --change 'WORKDIR /workspace' --change 'USER 1000:1000' \
        "$tarball" "$base:$key" >/dev/null
}

if docker image inspect "$base:$key" >/dev/null 2>&1; then
    say "the base $base:$key is there"
else
    base_from_registry || base_from_debian || fail "the base image cannot be made"
    say "made the base $base:$key"
fi
docker tag "$base:$key" $base:latest

# --- Keeper on top --------------------------------------------------------------------------------------------------------

mkdir "$work/image"
if [ $# -gt 0 ]; then
    cp "$1" "$work/image/keeper"
else
    "$here/eng/publish-keeper.sh" "$work/keeper" >"$work/keeper.log" 2>&1 || { tail -20 "$work/keeper.log" >&2; fail "Keeper does not publish"; }
    found=
    for name in keeper squad-keeper Squad.Keeper; do
        if [ -f "$work/keeper/$name" ]; then found=$work/keeper/$name; break; fi
    done
    [ -n "$found" ] || fail "eng/publish-keeper.sh left no keeper binary"
    cp "$found" "$work/image/keeper"
fi
chmod 0755 "$work/image/keeper"
cp "$source/Dockerfile" "$work/image/"
docker build -q --build-arg "BASE=$base:$key" -t "$image" "$work/image" >"$work/build.log" 2>&1 || { tail -5 "$work/build.log" >&2; fail "the image does not build"; }
say "made $image ($(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%d MB", $1 / 1000000}'))"
