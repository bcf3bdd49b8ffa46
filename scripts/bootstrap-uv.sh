#!/bin/sh
# Puts the pinned uv into .tools, checked against its hashes. Nothing is changed outside this folder,
# except that Debian and Ubuntu ship python3 without venv: then their package python3-venv is installed.
set -eu
cd "$(dirname "$0")/.."
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "python3-venv is missing: it makes the folder .venv that everything else goes into."
    scripts/apt-install.sh python3-venv
fi
python3 -m venv --clear .tools
.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement scripts/uv.txt
