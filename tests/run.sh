#!/bin/sh
# Sets everything up where needed and runs the tests, as many at once as there are cores (-n 0: one after the other);
# arguments are passed on to pytest.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/assets/setup.sh" test
cd "$root"
case " $* " in
    *no:xdist*) ;;
    *) set -- -n auto --dist worksteal "$@" ;;
esac
exec .venv/bin/python -m pytest "$@"
