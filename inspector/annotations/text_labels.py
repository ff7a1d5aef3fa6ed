"""Text files beside images: whether they are YOLO's or ICDAR's is seen from what is in them."""

from collections import Counter
from collections.abc import Sequence

from inspector.annotations import icdar, yolo
from inspector.annotations.reading import Reading, UnreadableError, read_text
from inspector.annotations.side_files import Convention, SideFolder, side_folders

_LOOKED_AT = 200  # files
_OTHER_NAMES = frozenset(("classes.txt", "labels.txt", "train.txt", "val.txt", "test.txt", "readme.txt", "license.txt"))


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """Pack the annotations in text files; None: there are none.

    Args:
        choice: the folder to look in; "": the usual ones.

    Returns:
        The format's name, and where the files are.
    """
    conventions: tuple[Convention, ...] = (yolo.CONVENTION, *icdar.CONVENTIONS)
    best: tuple[int, list[SideFolder]] = 0, []
    for convention in conventions:
        folders = side_folders(reading, convention, choice, _may_be_labels)
        pairs = sum(stem in each.images for each in folders for stem in each.files)
        if pairs > best[0]:
            best = pairs, folders
    if not best[0]:
        return None
    lines = _some_lines(best[1])
    like_yolo, like_icdar = sum(map(yolo.is_line, lines)), sum(map(icdar.is_line, lines))
    if not like_yolo and not like_icdar and not (choice or _is_labels_folder(best[1])):
        return None
    if like_icdar > like_yolo:
        return icdar.NAME, icdar.read(best[1], [line for line in lines if icdar.is_line(line)], reading)
    columns = Counter(len(line.split()) for line in lines if yolo.is_line(line))
    return yolo.NAME, yolo.read(best[1], columns, reading)


def _may_be_labels(name: str) -> bool:
    return name.lower() not in _OTHER_NAMES


def _is_labels_folder(folders: Sequence[SideFolder]) -> bool:
    """Files in such a folder are labels even if they are all empty."""
    return any("labels" in each.folder.lower() and each.folder != each.images_folder for each in folders)


def _some_lines(folders: Sequence[SideFolder]) -> list[str]:
    """Lines of files from all over the set."""
    paths = [path for folder in folders for _, path in folder.pairs() if path is not None]
    lines = []
    for path in paths[:: max(1, len(paths) // _LOOKED_AT)]:
        try:
            text, _ = read_text(path)
        except UnreadableError:
            continue
        lines += [line for line in text.splitlines()[:100] if line.strip()]
    return lines
