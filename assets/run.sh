#!/bin/sh
# Sets everything up where needed and starts inspector; arguments are passed on to it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/assets/setup.sh" app
exec "$root/.venv/bin/inspector" "$@"
