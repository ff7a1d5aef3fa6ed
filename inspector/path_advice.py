"""The next step for a path that cannot be loaded: what the command line, the window and `Loader` say of it."""

import collections
import difflib
import glob
import itertools
import os
import re
import shlex
from collections.abc import Iterable

from inspector.formatting import plural, readable

_WHAT = {
    "npy npz": "arrays of NumPy", "pt pth pkl pickle": "a pickle, which can run code", "h5 hdf5": "an HDF5 file",
    "rec idx": "a RecordIO file of MXNet", "beton": "a file of FFCV", "csv tsv json jsonl": "a table",
    "7z rar": "an archive that must be unpacked as a whole", "ckpt safetensors onnx": "a model", "ipynb": "a notebook",
    "py": "a script", "sh": "a shell script", "mp4 mkv avi mov webm m4v mpg mpeg": "a video",
    "gz bz2 xz zst zstd lz4": "compressed as a whole", "yaml yml": "a YAML file",
    "dng cr2 cr3 nef arw raf": "a camera's raw file",
}  # fmt: skip
_NEXT = {
    "an archive that must be unpacked as a whole": "unpack it, and give the folder",
    "compressed as a whole": "unpack it once, and load what is in it",
    "a table": "give a .txt list with a path a line, or your own code with --dataset",
    "a notebook": "call inspector.watch() in its first cell, then run inspector attach",
    "a video": "save its frames as images, and give their folder",
    "a YAML file": "give the folder of images that it names; labels beside them are found",
    "a camera's raw file": "convert it to TIFF or PNG",
    "a script": "inspector run SCRIPT watches its training",
}
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_HUGGING_FACE = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_QUOTES = "'\"`\u2018\u2019\u201c\u201d"
_CLOSE = 0.6
_MOST_NAMES = 20_000  # of a folder, that are compared


def about_other(path: str) -> str:
    """What to say of a file that cannot be loaded from, after its name."""
    found = _what(path)
    if not found:
        return "not a folder, an image, a container such as a tar, or a .txt list of files; give one of these"
    if found == "a script":
        script = shlex.quote(path)
        return f"a script; to watch its training: inspector run {script}; to load its data set: --dataset {script}:NAME"
    if found == "a shell script":
        return f"a shell script; to watch the training that it starts: inspector run bash {shlex.quote(path)}"
    return f"{found}; {_next(found)}"


def _what(path: str) -> str:
    """By its name; "" where that says nothing."""
    suffix = path.rpartition(".")[2].lower()
    return next((what for suffixes, what in _WHAT.items() if suffix in suffixes.split()), "")


def _next(what: str) -> str:
    return _NEXT.get(what, "load it with your own code: --dataset MODULE:NAME")


def about_missing(path: str) -> str:
    """The next step for a path that does not exist, without a full stop; asks the file system for near names."""
    if found := _as_meant(path) or ("" if is_git(path) or _WINDOWS.match(path) else _near(path)):
        return f"did you mean {readable(shlex.quote(found))}?"
    host, colon, there = path.partition(":")
    if is_git(path):
        return "a git repository is cloned first: git clone, then give the folder"
    if _WINDOWS.match(path):
        return _about_windows(path)
    if colon and host and "/" not in host and there.startswith(("/", "~/")):  # as scp takes it
        url = f"ssh://{host}{'/' * there.startswith('~')}{there}"
        return f"for a folder on another machine: inspector {readable(url)}"
    if _HUGGING_FACE.fullmatch(path) and not os.path.exists(path.partition("/")[0]):
        return f"check the path; for a data set of Hugging Face: hf://datasets/{path}"
    return "check the path"


def is_git(path: str) -> bool:
    """It is written as the address of a git repository."""
    return path.startswith(("git@", "git://", "git+")) or (path.rstrip("/").endswith(".git") and "://" in path)


def about_page(host: str, path: str) -> str:
    """What to do in place of loading a page of a site that has data sets, without a full stop; "" for any other."""
    site, parts = host.lower().removeprefix("www."), path.strip("/").split("/")
    if site in ("github.com", "gitlab.com") and len(parts) >= 2:
        return "clone its repository first, and give the folder"
    if site == "huggingface.co" and len(parts) >= 3 and parts[0] == "datasets":
        return f"give hf://{'/'.join(parts[:3])}"
    return ""


def _about_windows(path: str) -> str:
    here = f"/mnt/{path[0].lower()}/{path[3:].replace(chr(92), '/')}"
    if os.path.exists(here):  # as the subsystem for Linux mounts it
        return f"did you mean {readable(shlex.quote(here))}?"
    return "a path of Windows is unknown on this system; give it as it is mounted here"


def _as_meant(path: str) -> str:
    """The path without what a paste brought along, where that exists; else ""."""
    for meant in (path.strip(), path.strip().strip(_QUOTES), path.strip().rstrip("/,;:"), path.replace("\\", "/")):
        if meant and meant != path and os.path.exists(meant):
            return meant
    return ""


def _near(path: str) -> str:
    """An existing path whose first wrong part has nearly this name; "" where there is none."""
    folder, wrong = os.path.split(path.rstrip("/"))
    rest: list[str] = []
    while folder and not os.path.isdir(folder):
        rest.insert(0, wrong)
        folder, wrong = os.path.split(folder)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    except OSError:
        return ""
    lower = {name.lower(): name for name in reversed(names)}
    for near in difflib.get_close_matches(wrong.lower(), lower, 3, _CLOSE):
        found = os.path.join(folder, lower[near], *rest)
        if os.path.exists(found):
            return found
    return ""


def about_no_images(source: str) -> str:
    """What to say where nothing is found in a folder, a list or a pattern, without a full stop."""
    if glob.has_magic(source) and not os.path.exists(source):
        return f"no image and no shard matches {source}: check the pattern, or give the folder"
    if not os.path.isdir(source):
        return f"there are no image files in {source}: choose another folder"
    try:
        with os.scandir(source) as entries:
            first = [entry for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    except OSError as error:
        return f"{source} cannot be read: {error.strerror}; check its owner and mode"
    if not first:
        return f"there are no image files in {source}, which is empty: choose another folder"
    kinds = collections.Counter(os.path.splitext(entry.name)[1] for entry in first if entry.is_file())
    shown = " and ".join(readable(kind) for kind, _ in kinds.most_common(3) if kind)
    has = f", which has {shown} files" if shown else ""
    if what := _what(next(iter(kinds.most_common(1)), ("", 0))[0]):
        return f"there are no image files in {source}{has}; for {what}: {_next(what)}"
    return f"there are no image files in {source}{has}: choose another folder"


def about_left_out(count: int, what: str, loaded: str, paths: Iterable[str]) -> str:
    """Such as `3 containers beside the images are not loaded: give "/data/*.tar" for them`; "" where there are none.

    Args:
        what: a noun for those that are not loaded. loaded: for those that are.
        paths: the first of them.
    """
    found = [*paths]
    if not count or not found:
        return ""
    folders = {os.path.dirname(path) for path in found}
    kinds = {os.path.splitext(path)[1] for path in found}
    give = found[0]
    if len(found) > 1 and len(kinds) == 1:
        anywhere = "" if len(folders) == 1 else "**/"
        give = f"{glob.escape(_common_folder(folders))}{anywhere}*{kinds.pop()}"
    return (
        f"{plural(count, what)} beside the {loaded} {'is' if count == 1 else 'are'} not loaded: give "
        f"{readable(shlex.quote(give))} for {'it' if count == 1 else 'them'}"
    )


def _common_folder(folders: Iterable[str]) -> str:
    """Of paths or of URLs, with a separator at its end; empty where there is none."""
    paths = sorted(os.path.join(folder, "") for folder in folders)
    same = zip(paths[0].split(os.sep)[:-1], paths[-1].split(os.sep)[:-1], strict=False)
    return "".join(first + os.sep for first, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], same))
