"""Shows files in the system's own file manager, and opens them with the program that the system has for them."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from urllib.parse import quote

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

MOST_AT_ONCE = 20  # windows or programs that one click may start


def file_url(path: str) -> QUrl:
    """A file's URL, whatever bytes are in its name."""
    if sys.platform == "win32":
        return QUrl.fromLocalFile(os.path.abspath(path))
    return QUrl.fromEncoded(b"file://" + quote(os.fsencode(os.path.abspath(path))).encode("ascii"))


def open_files(paths: Sequence[str]) -> str:
    """Open files with the system's programs; the error as a sentence, or ""."""
    opened = [QDesktopServices.openUrl(file_url(path)) for path in paths[:MOST_AT_ONCE]]
    return "" if all(opened) else "The system has no program to open this file with."


def reveal(paths: Sequence[str], parent: QObject, failed: Callable[[str], None]) -> None:
    """Show files selected in their folders, or at least the folders; calls `failed` with a sentence where it cannot."""
    shown = paths[:MOST_AT_ONCE]
    if sys.platform == "darwin":
        subprocess.Popen(["open", "-R", "--", *shown])
    elif sys.platform == "win32":
        for path in shown:
            subprocess.Popen(f'explorer /select,"{os.path.abspath(path)}"')
    else:
        _reveal_by_dbus(shown, parent, failed)


def _reveal_by_dbus(paths: Sequence[str], parent: QObject, failed: Callable[[str], None]) -> None:
    """Ask the file manager of a Linux or BSD desktop, by the name that they all have in common on the session bus."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _open_folders(paths, failed)
        return
    name = "org.freedesktop.FileManager1"
    call = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    urls = [bytes(file_url(path).toEncoded().data()).decode("ascii") for path in paths]
    call.setArguments([urls, ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call), parent)

    def answered(finished: QDBusPendingCallWatcher) -> None:
        if finished.isError():
            _open_folders(paths, failed)
        finished.deleteLater()

    watcher.finished.connect(answered)


def _open_folders(paths: Sequence[str], failed: Callable[[str], None]) -> None:
    folders = dict.fromkeys(os.path.dirname(os.path.abspath(path)) for path in paths)
    shown = [QDesktopServices.openUrl(file_url(folder)) for folder in folders]
    if not all(shown):
        failed("The system has no file manager that could show the folder.")
