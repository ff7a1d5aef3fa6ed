"""Can a window be shown? Asked before Qt is loaded, because Qt ends the whole process when it finds that it cannot.

Free of Qt.
"""

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

SCREENLESS = ("offscreen", "minimal", "minimalegl", "vnc", "linuxfb", "eglfs")
WAYLAND = ("wayland", "wayland-egl", "wayland-brcm")
PLATFORMS = ("", "xcb", *WAYLAND, *SCREENLESS, "vkkhrdisplay")
CONNECT_TIMEOUT_S = 2.0
# What Qt is linked to and PySide6 does not bring along, with the Debian package that has it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def display_problem(environ: Mapping[str, str] = os.environ) -> str | None:
    """None when Qt can show a window here, else one line that says what is missing and what to do."""
    if not sys.platform.startswith("linux"):
        return None
    platform = environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform not in PLATFORMS:
        return (
            f"QT_QPA_PLATFORM names {platform!r}, which Qt does not have: unset it, or name xcb, wayland or offscreen"
        )
    if platform in SCREENLESS or (platform != "xcb" and _wayland_answers(environ)):
        return _missing(QT_LIBRARIES)
    display = environ.get("DISPLAY", "")
    if not display:
        return "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    missing = _missing(QT_LIBRARIES | X11_LIBRARIES)
    if not missing and not _x_server_answers(display):
        return f"there is no display: the X server {display}, named by DISPLAY, is not there or does not let us in"
    return missing


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    name = environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(str(Path(environ.get("XDG_RUNTIME_DIR", "/"), name)))
        except OSError:
            return False
    return True


def _x_server_answers(display: str) -> bool:
    """Connect as Qt would, with its authorisation: a socket that opens does not mean that the server lets us in."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def _missing(libraries: Mapping[str, str]) -> str | None:
    packages = [package for library, package in libraries.items() if not _loads(library)]
    if not packages:
        return None
    return f"Qt cannot start, system libraries are missing: on Debian or Ubuntu: apt-get install {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
