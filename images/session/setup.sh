#!/bin/sh
# Turns a minimal Debian into the session image's base: run as root inside of it, after the packages are installed.
set -eu

groupadd --gid 1000 squad
useradd --uid 1000 --gid 1000 --no-create-home --home-dir /home/squad --shell /bin/bash squad

# A fresh volume takes over owner and mode of the directory it is mounted on.
mkdir -p /workspace /home/squad /run/squad
chown 1000:1000 /workspace /home/squad
chmod 0755 /workspace
chmod 0700 /home/squad

# The repository is mounted read-only and belongs to the server's user, which git would distrust.
cat >/etc/gitconfig <<'END'
[safe]
	directory = *
[init]
	defaultBranch = main
[advice]
	detachedHead = false
END

# Nothing here may gain rights; the sandbox forbids it too, and an image without the bits needs no trust in that.
find / -xdev -type f \( -perm -4000 -o -perm -2000 \) -exec chmod ug-s {} +

apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/cache/ldconfig /var/log/* /tmp/*.deb \
    /usr/share/man /usr/share/info /usr/share/lintian /usr/share/locale /usr/share/bash-completion /usr/share/git-core/contrib
# Licences stay, the rest of the documentation goes.
find /usr/share/doc -type f ! -name copyright -delete
find /usr/share/doc -type l -delete
find /usr/share/doc -depth -type d -empty -delete
# Every locale but C.UTF-8, which is part of libc, and the character set tables nobody loads.
rm -rf /usr/share/i18n /usr/share/zoneinfo/right /usr/share/zoneinfo/posix
find / -xdev -name '__pycache__' -type d -prune -exec rm -rf {} +
