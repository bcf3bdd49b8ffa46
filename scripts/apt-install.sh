#!/bin/sh
# Installs the Debian packages named as arguments: as root, or through sudo, or else says what to type.
set -eu
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "Please install these packages, then run make again:  apt-get install $*" >&2
    exit 1
fi
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >/dev/null
