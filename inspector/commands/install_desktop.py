"""`inspector install-desktop`: a menu entry, its icon, and an offer to open folders, for this user.

After the specifications of freedesktop.org: a desktop entry in `applications`, icons in the theme that all others fall
back to ("hicolor"). The menu entry of another program is never replaced or removed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from inspector.assets import assets_dir
from inspector.child_process import python_command
from inspector.commands.command import Command
from inspector.errors import SettingsError
from inspector.files import write_atomically
from inspector.formatting import readable
from inspector.user_folders import user_folder

NAME = "inspector.desktop"  # as QGuiApplication.setDesktopFileName says: it ties the window to this entry
_OURS = "X-Made-By=inspector install-desktop"
_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.4
Name=inspector
GenericName=Image loader inspector
Comment=See the batches an image loader delivers, the files it skips, and how fast it is
Exec={command} %f
Icon=inspector
Terminal=false
Categories=Science;ImageProcessing;
Keywords=images;dataset;training;loader;batch;
MimeType=inode/directory;
StartupNotify=true
StartupWMClass=inspector
{ours}
"""


class InstallDesktopCommand(Command):
    """Writes or removes the files, and says which."""

    prog = "inspector install-desktop"
    summary = "Put inspector into your desktop's menu, and into what file managers offer to open a folder with."
    epilog = (
        "For this user only: files are written below XDG_DATA_HOME (~/.local/share). Linux and other X11 or Wayland "
        "desktops."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--uninstall", action="store_true", help="remove what was written")

    def run(self, options: argparse.Namespace) -> int:
        if sys.platform in ("win32", "darwin"):
            raise SettingsError(
                "install-desktop is for Linux and BSD desktops; here, pin the inspector command instead"
            )
        data = user_folder("data")  # where a user's own menu entries and icons lie
        try:
            changed = _remove(data) if options.uninstall else _write(data)
        except OSError as error:
            place = readable(str(error.filename or data))
            raise SettingsError(f"{place}: {error.strerror}; check the folder's owner and mode") from error
        for path in changed:
            print(f"{'removed' if options.uninstall else 'written'}: {readable(str(path))}")
        if not changed:
            print(f"nothing of inspector is installed below {readable(str(data))}")
        _update_caches(data)
        if not options.uninstall and _opens_folders_by_default():
            print(
                "inspector is the default for folders now, as nothing else was. Your file manager's entry undoes it: "
                "xdg-mime default YOUR-FILE-MANAGER.desktop inode/directory"
            )
        return 0


def _write(data: Path) -> list[Path]:
    entry = data / "applications" / NAME
    if entry.exists() and not _is_ours(entry):
        raise SettingsError(f"{readable(str(entry))} already exists and is not from inspector; move it away first")
    written = []
    for source, target in _icons(data):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written.append(target)
    entry.parent.mkdir(parents=True, exist_ok=True)
    text = _ENTRY.format(command=" ".join(map(quoted, command())), ours=_OURS)
    write_atomically(entry, text)
    return [entry, *written]


def _remove(data: Path) -> list[Path]:
    entry = data / "applications" / NAME
    if not entry.exists() or not _is_ours(entry):
        return []
    removed = [path for path in (entry, *(target for _, target in _icons(data))) if path.exists()]
    for path in removed:
        path.unlink()
    return removed


def _is_ours(entry: Path) -> bool:
    return _OURS in entry.read_text("utf-8", "surrogateescape").splitlines()


def _icons(data: Path) -> list[tuple[Path, Path]]:
    """Each icon that comes with inspector, and where the desktop looks for it."""
    theme = data / "icons" / "hicolor"
    icons = assets_dir() / "icons"
    pairs = [(icons / "inspector.svg", theme / "scalable" / "apps" / "inspector.svg")]
    for file in sorted(icons.glob("inspector-*.png")):
        side = file.stem.rpartition("-")[2]
        pairs.append((file, theme / f"{side}x{side}" / "apps" / "inspector.png"))
    return pairs


def command() -> list[str]:
    """How a desktop, which knows no virtual environment, starts this very inspector."""
    for folder in (sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")):
        script = Path(folder, "inspector")
        if os.access(script, os.X_OK):
            return [str(script)]
    return [*python_command(), "-m", "inspector"]


def quoted(argument: str) -> str:
    r"""One argument of an Exec line: in quotes; `"`, "`", `$` and `\` escaped, twice as the file asks; % doubled."""
    escaped = "".join("\\" + char if char in '"`$\\' else char for char in argument)
    return f'"{escaped}"'.replace("\\", "\\\\").replace("%", "%%")


def _update_caches(data: Path) -> None:
    """Renew the lists of what there is; desktops without these programs look by themselves."""
    for program, *arguments in (
        ("update-desktop-database", "-q", str(data / "applications")),
        ("gtk-update-icon-cache", "-q", "-t", "-f", str(data / "icons" / "hicolor")),
    ):
        if shutil.which(program) and os.path.isdir(arguments[-1]):
            subprocess.run([program, *arguments], capture_output=True, check=False, timeout=60)


def _opens_folders_by_default() -> bool:
    if not shutil.which("xdg-mime"):
        return False
    query = ["xdg-mime", "query", "default", "inode/directory"]
    return subprocess.run(query, capture_output=True, text=True, check=False, timeout=60).stdout.strip() == NAME
