#!/bin/sh
# Sets everything up where needed and runs the tests; arguments are passed on to pytest.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/assets/setup.sh" test
cd "$root"
exec .venv/bin/python -m pytest "$@"
