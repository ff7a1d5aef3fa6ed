#!/bin/sh
# Makes .venv in this checkout ready to use, with the system libraries that Qt needs. Safe to run again: does only what is missing.
# usage: sh assets/setup.sh [app|test|dev]
set -eu

mode=${1:-app}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
python_needed=3.11
torch=2.13.0 # for the tests of what we do with PyTorch; they are skipped where its build without CUDA is unavailable

# What Qt's xcb and offscreen plugins and OpenCV link to, and a font, without which no text is drawn.
app_libraries="libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0 libx11-6 libx11-xcb1 libxcb1
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0
    libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon0 libxkbcommon-x11-0
    fonts-dejavu-core"
# An X server without a screen, a window manager, a hand for mouse and keyboard; what checks menu entries.
test_programs="xvfb openbox xdotool desktop-file-utils openssh-client openssh-server"

case $mode in
    app) extras='' satisfied_by='app test dev' packages=$app_libraries ;;
    test) extras='[test]' satisfied_by='test dev' packages="$app_libraries $test_programs" ;;
    dev) extras='[dev]' satisfied_by='dev' packages="$app_libraries $test_programs" ;;
    *) echo "usage: sh assets/setup.sh [app|test|dev]" >&2; exit 2 ;;
esac

say() { echo "inspector: $*" >&2; }
fail() { say "$*"; exit 1; }

new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$python_needed'.split('.'))))" 2>/dev/null; }

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && new_enough "$name"; then echo "$name"; return; fi
    done
}

installed() { # from Debian 13 and Ubuntu 24.04 on, some libraries have a "t64" behind their name
    case " $(dpkg-query -W -f='${db:Status-Status} ' "$1" "${1}t64" 2>/dev/null)" in
        *' installed '*) true ;;
        *) false ;;
    esac
}

missing_packages() {
    for package in $packages; do
        installed "$package" || printf '%s ' "$package"
    done
    if [ -z "$python" ]; then
        command -v python3 >/dev/null || printf 'python3 python3-venv '
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        printf '%s-venv ' "$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
    fi
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive $privilege apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
}

install_system_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    privilege=''
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { ask_administrator; return 0; }
        privilege='sudo DEBIAN_FRONTEND=noninteractive'
    fi
    say 'Installing system libraries (once) ...'
    log=$(mktemp)
    apt_get update || true # a broken source of something else must not stop this
    # shellcheck disable=SC2086 # a list of names
    if ! apt_get install -y --no-install-recommends $missing; then
        cat "$log" >&2
        ask_administrator
    fi
    rm -f "$log"
}

ask_administrator() {
    say "not installed: ask an administrator for 'apt-get install ${missing% }' (going on: they may not all be needed here)"
}

install_python_packages() {
    { new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; } || # may be half made
        "$python" -m venv --clear .venv ||
        fail "$python cannot make a virtual environment in $root/.venv; the reason is above"
    say 'Installing Python packages into .venv (once) ...'
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".$extras" ||
        fail 'pip could not install the packages; the reason is above. Is there a network connection?'
    .venv/bin/python -c 'import cv2, PySide6.QtWidgets' ||
        fail 'the packages are installed but cannot be loaded; a system library is missing, the reason is above'
}

install_torch() { # elsewhere than on Linux, the plain build is the one without CUDA; on Linux it takes gigabytes
    case $(uname -s) in
        Linux) build="torch==$torch+cpu" ;;
        *) build="torch==$torch" ;;
    esac
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary torch "$build" >/dev/null 2>&1 ||
        say "no build of PyTorch $torch without CUDA for this Python; tests that need it are skipped"
}

cd "$root"
# Two set-ups at once would write into the same .venv. macOS has no flock.
if command -v flock >/dev/null; then exec 9<pyproject.toml; flock 9; fi

state="$root $(cat pyproject.toml assets/setup.sh | cksum)"
for done in $satisfied_by; do
    if [ "$(cat ".venv/setup-$done" 2>/dev/null)" = "$state" ] && new_enough .venv/bin/python; then exit 0; fi
done

python=$(find_python)
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    install_system_packages
    python=$(find_python)
fi
[ -n "$python" ] || fail "needs Python $python_needed or later and found $(python3 -V 2>/dev/null || echo none); install it from your system's packages or from python.org, and try again"
install_python_packages
[ "$mode" = app ] || install_torch
echo "$state" >".venv/setup-$mode"
