#!/bin/sh
# Sets everything up where needed and starts inspector, on the sample data set unless a path or a verb comes first;
# arguments are passed on to it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/assets/setup.sh" app
case "${1--}" in
-*) set -- --sample "$@" ;;
esac
exec "$root/.venv/bin/inspector" "$@"
