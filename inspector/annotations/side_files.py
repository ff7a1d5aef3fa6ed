"""Files of annotations that belong to one image each: where they are, for all images at once.

images/train/a.jpg -> labels/train/a.txt        the last folder called "images", or the like, has a counterpart
train/a.jpg        -> train_gt/, labels/train/, gt/ ...
a.jpg              -> labels/a.txt, a.txt
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from inspector.annotations.reading import Reading
from inspector.sources.containers.location import is_location

_IMAGE_FOLDERS = frozenset(("images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "leftimg8bit"))
_MOST_NAMED = 3  # folders
_IMAGES_ENDING = re.compile(r"[-_](images?|imgs?)$", re.IGNORECASE)


@dataclass
class SideFolder:
    """A folder of images, and the one with their annotations.

    Attributes:
        images: of each image's name without its extension, its number.
        files: of each such name, the annotations' file.
    """

    images_folder: str
    folder: str
    images: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)

    def pairs(self) -> Iterator[tuple[int, str | None]]:
        """Each image and the path of its file; None: it has none."""
        for stem, number in self.images.items():
            name = self.files.get(stem)
            yield number, os.path.join(self.folder, name) if name is not None else None

    def alone(self) -> Iterator[tuple[str, str]]:
        """The path of each file without an image, and where that image should be, without its extension."""
        for stem, name in self.files.items():
            if stem not in self.images:
                yield os.path.join(self.folder, name), os.path.join(self.images_folder, stem)


@dataclass(frozen=True)
class Convention:
    """Where the files of a format lie, and what they are called.

    Attributes:
        folders: names of folders beside those of the images.
        extensions: with the dot, in lower case.
        prefixes, suffixes: around the image's name.
        beside: they may lie in the folder of the images itself.
    """

    folders: Sequence[str]
    extensions: Sequence[str]
    prefixes: Sequence[str] = ("",)
    suffixes: Sequence[str] = ("",)
    beside: bool = True


def image_folders(reading: Reading) -> dict[str, dict[str, int]]:
    """Of each folder with images: their names without extension, and their numbers."""
    if reading.image_folders is not None:
        return reading.image_folders
    found: dict[str, dict[str, int]] = {}
    for number in range(len(reading.names)):
        if number % 4096 == 0:
            reading.check()
        path = reading.names.path(number)
        if "://" in path and is_location(path):
            continue
        folder, name = os.path.split(path)
        found.setdefault(folder, {}).setdefault(os.path.splitext(name)[0], number)
    reading.image_folders = found
    return found


def side_folders(
    reading: Reading, convention: Convention, choice: str = "", accepts: Callable[[str], bool] = lambda name: True
) -> list[SideFolder]:
    """For each folder of images the one with their annotations: the first that has a file for one of them.

    Args:
        choice: the folder with all annotations, as the user says; "": look for it.
        accepts: whether a file's name may be one of the format.
    """
    root = reading.names.root
    stems: dict[str, dict[str, str]] = {}
    found = []
    for folder, images in image_folders(reading).items():
        places = _chosen(choice, folder, root) if choice else _candidates(folder, root, convention)
        best: SideFolder | None = None
        for place in places:
            if place not in stems:
                stems[place] = _stems(_listed(reading, place), convention, accepts)
            files = stems[place]
            if any(stem in images for stem in files):
                best = SideFolder(folder, place, images, files)
                break
            if best is None and files and place != folder and _mirrors(place, folder, choice):
                best = SideFolder(folder, place, images, files)
        found.append(best or SideFolder(folder, "", images))
    return found if any(each.folder for each in found) else []


def label_files(folders: Sequence[SideFolder], reading: Reading) -> Iterator[tuple[str, int]]:
    """Each file and the number of its image, folder after folder.

    Raises:
        IndexingCancelled: where the user wants no more.
    """
    for folder in folders:
        for done, (image, path) in enumerate(folder.pairs()):
            if done % 256 == 0:
                reading.check()
            if path is not None:
                yield path, image


def shown_folders(folders: Iterable[str], reading: Reading) -> str:
    """Where the files are, for a person: the first few folders, or the one that all are in."""
    names = [*dict.fromkeys(folder for folder in folders if folder)]
    if len(names) <= _MOST_NAMED:
        return ", ".join(map(reading.shown, names))
    common = os.path.commonpath(names) if len({os.path.isabs(name) for name in names}) == 1 else ""
    where = reading.shown(common) if common else f"{reading.shown(names[0])} and others"
    return f"{where} ({len(names):,} folders)"


def _mirrors(place: str, folder: str, choice: str) -> bool:
    """The folder is the counterpart of the images' one, so that its files are theirs, even if none fits."""
    return bool(choice) or os.path.basename(place) == os.path.basename(folder)


def _listed(reading: Reading, folder: str) -> list[str]:
    """Names in a folder, which each format asks for."""
    if folder not in reading.listed:
        try:
            reading.listed[folder] = os.listdir(folder)
        except OSError:
            reading.listed[folder] = []
        reading.check()
    return reading.listed[folder]


def _stems(names: Sequence[str], convention: Convention, accepts: Callable[[str], bool]) -> dict[str, str]:
    extensions = tuple(convention.extensions)
    stems: dict[str, str] = {}
    for name in sorted(name for name in names if name.lower().endswith(extensions) and not name.startswith(".")):
        stem, extension = os.path.splitext(name)
        if extension.lower() not in extensions or not accepts(name):
            continue
        for prefix in convention.prefixes:
            for suffix in convention.suffixes:
                if stem.startswith(prefix) and stem.endswith(suffix) and len(stem) > len(prefix) + len(suffix):
                    stems.setdefault(stem[len(prefix) : len(stem) - len(suffix)], name)
                    break
            else:
                continue
            break
    return stems


def _candidates(folder: str, root: str, convention: Convention) -> Iterable[str]:
    """Folders that may have the annotations of the images in `folder`, the likeliest first."""
    parts = folder.split(os.sep)
    at = next((i for i in range(len(parts) - 1, -1, -1) if parts[i].lower() in _IMAGE_FOLDERS), None)
    parent, own = os.path.split(folder)
    for name in convention.folders:
        if at is not None:
            yield os.sep.join([*parts[:at], name, *parts[at + 1 :]])
    if convention.beside and at is not None:
        yield folder
    for name in convention.folders:
        yield os.path.join(folder, name)
        if own and parent != folder:
            yield os.path.join(parent, name, own)
            yield os.path.join(parent, name)
            yield os.path.join(parent, f"{own}_{name}")
            if (ending := _IMAGES_ENDING.search(own)) is not None:
                yield os.path.join(parent, own[: ending.start(1)] + name)
        inside = os.path.relpath(folder, root) if root else "."
        if inside not in (".", os.pardir) and not inside.startswith(os.pardir + os.sep):
            yield os.path.join(root, name, inside)
    if convention.beside:
        yield folder


def _chosen(choice: str, folder: str, root: str) -> Iterable[str]:
    """Parts of the folder that the user names: with the images' own path in it, or all in one."""
    inside = os.path.relpath(folder, root) if root else "."
    if not inside.startswith(os.pardir):
        yield os.path.normpath(os.path.join(choice, inside))
        parts = [part for part in inside.split(os.sep) if part.lower() not in _IMAGE_FOLDERS]
        yield os.path.normpath(os.path.join(choice, *parts))
    yield os.path.join(choice, os.path.basename(folder))
    yield choice
