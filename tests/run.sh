#!/bin/sh
# Sets everything up where needed and runs the tests, as many at once as there are cores (-n 0: one after the other);
# arguments are passed on to pytest. With --all, those of PyTorch, Dask, Ray, S3 and SSH run as well, those that take
# seconds each, as they kill, wait or drive whole windows, and those with made-up examples longer.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/assets/setup.sh" test
cd "$root"
# Tests start Python some thousand times; without kept bytecode it compiles all of inspector each time.
unset PYTHONDONTWRITEBYTECODE
chosen='not extra and not slow'
for argument in "$@"; do
    shift
    if [ "$argument" = --all ]; then chosen=''; export INSPECTOR_ALL_TESTS=1; else set -- "$@" "$argument"; fi
done
case " $* " in
    *no:xdist*) ;;
    *) set -- -n auto --dist worksteal "$@" ;;
esac
exec .venv/bin/python -m pytest -m "$chosen" "$@"
