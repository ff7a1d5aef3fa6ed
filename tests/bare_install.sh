#!/bin/sh
# How long from a bare system to the window's first picture? Run as root: sh tests/bare_install.sh FOLDER SUITE...
# SUITE is bookworm, trixie or noble. Each is made by debootstrap in FOLDER, once, and a copy of it is used.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
[ $# -gt 1 ] || { sed -n 2,3p "$0" >&2; exit 2; }
folder=$1; shift
for suite; do
    base=$folder/$suite used=$folder/$suite.used
    case $suite in noble) mirror=http://archive.ubuntu.com/ubuntu script=gutsy ;; *) mirror=http://deb.debian.org/debian script=sid ;; esac
    if [ ! -e "$base.made" ]; then
        debootstrap --no-check-gpg --variant=minbase "$suite" "$base" "$mirror" "/usr/share/debootstrap/scripts/$script" >"$base.log"
        [ "$suite" != noble ] || echo "deb $mirror noble main universe" >"$base/etc/apt/sources.list"
        touch "$base.made"
    fi
    rm -rf "$used"
    cp -a "$base" "$used"
    git -C "$root" archive --prefix=inspector/ HEAD | tar -x -C "$used/root"
    cp /etc/resolv.conf /etc/hosts "$used/etc/"
    cp -L /etc/ssl/certs/ca-certificates.crt "$used/root/authorities.crt"
    unmount() { umount "$used/dev/shm" "$used/dev" "$used/proc" 2>/dev/null || true; }
    trap unmount EXIT
    mount -t proc proc "$used/proc"
    mount --bind /dev "$used/dev"
    mount -t tmpfs tmpfs "$used/dev/shm"
    began=$(date +%s)
    chroot "$used" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/root/authorities.crt QT_QPA_PLATFORM=offscreen \
        sh /root/inspector/assets/run.sh --screenshot /root/window.png --quit-after 3 >"$used.log" 2>&1 || { cat "$used.log" >&2; exit 1; }
    took=$(($(date +%s) - began - 3))
    [ -s "$used/root/window.png" ] || { echo "$suite: there is no picture" >&2; exit 1; }
    unmount
    echo "$suite: $(chroot "$used" python3 --version), $took s until the window"
    rm -rf "$used"
done
