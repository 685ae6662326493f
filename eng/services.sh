#!/bin/sh
# Makes sure that what the tests stand on is installed and running: Debian packages, and a Docker daemon.
# Installs only what is missing, starts dockerd only if none answers, and may be run any number of times.
# Whatever it cannot do it says, with the reason, and goes on: the suites that need it then skip (or fail when CI=true).
#
#   SQUAD_CACHE   where the daemon's log, and its data if /var/lib/docker cannot be used, are kept. Default: ~/.cache/squad
set -u

say() { printf 'services: %s\n' "$*"; }

if [ "$(id -u)" != 0 ]; then
    say "not root: installs and starts nothing. Docker and the Debian packages are up to you."
    exit 0
fi
if ! [ -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
    say "not Debian: installs and starts nothing. Docker and the packages are up to you."
    exit 0
fi

cache=${SQUAD_CACHE:-${HOME:-/root}/.cache/squad}
mkdir -p "$cache"

# Two runs at once (a test run and a person) would fight over apt and over the daemon's pid file.
# dockerd must not inherit the lock, hence 9>&- where it is started.
exec 9>"$cache/services.lock"
flock 9

# --- packages -------------------------------------------------------------------------------------------------------------

packages="docker.io postgresql chromium tmux git curl debootstrap clang lld zlib1g-dev nginx-light fcgiwrap fonts-liberation ca-certificates"
[ "${RUNTIME:-Embedded}" = Packages ] && packages="$packages redis-server"
missing=
for package in $packages; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        "install ok installed") ;;
        *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then
    say "packages: all installed"
else
    say "packages: installing$missing"
    log="$cache/apt.log"
    # Services must not start by themselves here: tests start their own, on their own ports.
    policy=/usr/sbin/policy-rc.d
    made_policy=
    if ! [ -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made_policy=yes
    fi
    install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; }
    : >"$log"
    # shellcheck disable=SC2086
    if ! install $missing; then
        apt-get update >>"$log" 2>&1
        # shellcheck disable=SC2086
        if ! install $missing; then
            # One package that is not to be had should not take the others with it.
            for package in $missing; do
                install "$package" || say "packages: $package cannot be installed: $(grep -E '^E:' "$log" | tail -1)"
            done
        fi
    fi
    [ -n "$made_policy" ] && rm -f $policy
fi

# --- docker ---------------------------------------------------------------------------------------------------------------

answers() { curl -fsS --max-time 3 --unix-socket "$1" http://localhost/_ping >/dev/null 2>&1 || docker -H "unix://$1" version >/dev/null 2>&1; }

if [ -n "${DOCKER_HOST:-}" ]; then
    if docker version >/dev/null 2>&1; then
        say "docker: the daemon at $DOCKER_HOST answers"
    else
        say "docker: DOCKER_HOST=$DOCKER_HOST does not answer; unset it to have a local daemon started"
    fi
    exit 0
fi

socket=/var/run/docker.sock
if answers $socket; then
    say "docker: a daemon answers at $socket"
    exit 0
fi
dockerd=$(command -v dockerd) || { say "docker: dockerd is not installed, nothing started"; exit 0; }
pidfile=/var/run/docker.pid
if [ -e $pidfile ] && kill -0 "$(cat $pidfile)" 2>/dev/null && [ "$(cat "/proc/$(cat $pidfile)/comm" 2>/dev/null)" = dockerd ]; then
    say "docker: a dockerd runs (pid $(cat $pidfile)) but does not answer at $socket; left alone"
    exit 0
fi
# A daemon that was killed leaves its pid file and socket, and would refuse to start because of a recycled pid.
rm -f $pidfile

# Containers need the cgroup controllers mounted; a bare virtual machine may not have them.
if ! [ -e /sys/fs/cgroup/cgroup.controllers ] && ! grep -q ' cgroup ' /proc/mounts; then
    mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || say "docker: no cgroups are mounted, limits will not work"
fi

log="$cache/dockerd.log"
dir=/var/lib/docker
mkdir -p $dir 2>/dev/null
if ! { [ -w $dir ] && touch $dir/.squad 2>/dev/null && rm $dir/.squad; }; then
    say "docker: $dir is not writable, using $cache/docker"
    dir="$cache/docker"
    mkdir -p "$dir"
fi

# Tries one way of running it; succeeds when the daemon answers, gives up when it exits or after 40 s.
start() {
    : >"$log"
    setsid "$dockerd" --host "unix://$socket" --data-root "$dir" --pidfile $pidfile "$@" >>"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    tries=0
    while [ $tries -lt 200 ]; do
        answers $socket && return 0
        kill -0 $pid 2>/dev/null || return 1
        tries=$((tries + 1))
        sleep 0.2
    done
    kill $pid 2>/dev/null
    wait $pid 2>/dev/null
    return 1
}

reason() { grep -E 'level=(fatal|error)|failed to start daemon' "$log" | tail -1 | cut -c1-300; }

if start --storage-driver overlay2; then
    say "docker: started dockerd (pid $pid, overlay2, data in $dir, log in $log)"
elif start --storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none; then
    say "docker: started dockerd without a bridge network, the firewall cannot be changed here (pid $pid, overlay2, log in $log)"
elif start --storage-driver vfs --iptables=false --ip6tables=false --bridge=none; then
    say "docker: started dockerd with the slow vfs driver, overlay2 is not supported here (pid $pid, log in $log)"
else
    say "docker: dockerd does not start: $(reason)"
    say "docker: its log is $log"
fi
exit 0
