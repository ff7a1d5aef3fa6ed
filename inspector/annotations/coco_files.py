"""Which JSON files are COCO annotations of these images."""

import os
from collections.abc import Iterator

from inspector.annotations import coco
from inspector.annotations.reading import Reading, UnreadableError
from inspector.errors import SettingsError

_FOLDERS = ("", "annotations", "Annotations", "labels")
_MOST_FILES = 64  # of a folder that are opened; LabelMe has one for each image
_MOST_FOLDERS = 64
_OTHER_TASKS = ("captions", "image_info", "panoptic", "stuff")
_HINTS = ("instances", "coco", "annotation", "train", "val", "test", "label", "keypoints", "objects")


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """Pack the annotations in COCO files; None: there are none.

    Args:
        choice: the file, or the folder with such files; "": look where they usually are.

    Returns:
        The format's name, and which files they are.

    Raises:
        SettingsError: where `choice` is a file that cannot be read.
    """
    taken: list[str] = []
    unreadable: list[tuple[str, str]] = []
    for path in _candidates(reading, choice):
        reading.check()
        try:
            found = coco.outline(path)
        except UnreadableError as error:
            if path == choice:
                raise SettingsError(f"annotations: {path} {error}") from error
            unreadable.append((path, str(error)))
            continue
        if found is None or found.images is None or (found.annotations is None and found.categories is None):
            continue
        first = coco.first_image(found, reading)
        if path == choice or (first is not None and not reading.packer.described[first]):
            coco.read(path, found, reading)
            taken.append(path)
    for path, why in unreadable:
        if taken or (
            os.path.basename(os.path.dirname(path)).lower() == "annotations" and not _is_of_image(path, reading)
        ):
            reading.packer.fault(None, "bad-line", f"{reading.shown(path)} {why}.", path)
            taken = taken or [path]
    return (coco.NAME, ", ".join(map(reading.shown, taken))) if taken else None


def _candidates(reading: Reading, choice: str) -> Iterator[str]:
    if choice and not os.path.isdir(choice):
        if choice.lower().endswith(".json"):
            yield choice
        return
    root = reading.names.root or os.curdir
    folders = [choice] if choice else [os.path.join(root, name) for name in _FOLDERS]
    if not choice:
        parent = os.path.dirname(os.path.abspath(root))
        folders += [os.path.join(parent, name) for name in _FOLDERS]
        own = {
            os.path.dirname(reading.names.path(i)) for i in range(0, len(reading.names), 1 + len(reading.names) // 4096)
        }
        folders += sorted(folder for folder in own if "://" not in folder)[:_MOST_FOLDERS]
    seen: set[str] = set()
    for folder in folders:
        try:
            names = sorted(name for name in os.listdir(folder) if name.lower().endswith(".json") and name[0] != ".")
        except OSError:
            continue
        if len(names) > _MOST_FILES:
            names = [name for name in names if any(hint in name.lower() for hint in _HINTS)][:_MOST_FILES]
        for name in sorted(names, key=lambda name: (not name.startswith("instances"), name)):
            path = os.path.join(folder, name)
            if name.startswith(_OTHER_TASKS) or os.path.realpath(path) in seen or _is_of_image(path, reading):
                continue
            seen.add(os.path.realpath(path))
            yield path


def _is_of_image(path: str, reading: Reading) -> bool:
    """It belongs to one image, by its name."""
    return reading.names.find_stem(path) is not None
