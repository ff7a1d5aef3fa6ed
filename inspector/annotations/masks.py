"""Masks: an image for each image, with a class in each pixel, in `masks/`, `SegmentationClass/` or the like.

What their values are is only looked at by `mask_faults`, since that means to decode them.
"""

import os
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from queue import SimpleQueue
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.annotations.class_lists import take_class_list
from inspector.annotations.mask_reader import MaskContent, MaskReader
from inspector.annotations.reading import Reading
from inspector.annotations.records import AnnotationFault
from inspector.annotations.side_files import Convention, shown_folders, side_folders
from inspector.files import read_regular
from inspector.formats.headers import peek
from inspector.resource_limits import usable_cores

NAME = "Masks"
_FOLDERS = (
    "masks",
    "mask",
    "SegmentationClass",
    "labels",
    "label",
    "annotations",
    "gt",
    "gtFine",
    "segmentation",
    "segs",
)
_CONVENTIONS = (
    Convention(_FOLDERS, (".png", ".bmp", ".tif", ".tiff", ".gif"), beside=False),
    Convention(_FOLDERS, (".png",), suffixes=("_mask", "_seg", "_label", "-mask", "_labelIds", "_L"), beside=False),
    Convention((), (".png",), suffixes=("_mask", "_seg", "_label", "-mask")),
)
_Pixels = npt.NDArray[Any]
BACKGROUNDS = ("background", "_background_", "__background__", "__ignore__", "unlabeled", "void", "unknown", "other")
_MOST_BYTES = 1 << 28
_VOID = 255
_MOST_VALUES = 4096
_MASKS_AT_ONCE, _MASKS_A_PROCESS = 256, 32
_FEW = 0.01  # of a set's masks that a value which is in no others may be in


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """See `text_labels.read`."""
    for convention in _CONVENTIONS:
        folders = side_folders(reading, convention, choice)
        folders = [each for each in folders if (each.folder and each.folder != each.images_folder) or convention.beside]
        pairs = [(image, path) for each in folders for image, path in each.pairs() if path is not None]
        if not pairs:
            continue
        used = {each.folder for each in folders}
        take_class_list(reading.classes, iter((reading.names.root, *(os.path.dirname(each) for each in used))))
        for image, path in pairs:
            reading.masks[image] = path
            reading.packer.describe(image)
            reading.come_from(image, reading.shown(path))
        for each in folders:
            for path, place in each.alone():
                if each.folder == each.images_folder:
                    continue
                reason = f"{reading.shown(path)} has no image: it is never read. Add the image, or remove the mask."
                extension = os.path.splitext(reading.names.path(next(iter(each.images.values()))))[1]
                reading.missing(place + extension, reason)
        return NAME, shown_folders(sorted(used), reading)
    return None


def mask_faults(
    masks: dict[int, str],
    shown: Callable[[str], str],
    size_of: Callable[[int], tuple[int, int]],
    classes: Sequence[str],
    cancelled: Callable[[], bool],
) -> Iterator[AnnotationFault]:
    """Masks that cannot be read, have another size than their image, or values that are no class.

    Args:
        size_of: width and height of an image; 0: unknown.
        classes: their names; (): unknown, so that a value which hardly a mask has is none.
    """
    values_of: dict[int, tuple[int, ...]] = {}
    count: Counter[int] = Counter()
    for image, mask in _contents(masks, cancelled):
        path = masks[image]
        if mask.fault:
            yield AnnotationFault(image, "", "bad-line", f"{shown(path)} {mask.fault}")
            continue
        if (size := size_of(image)) != (0, 0) and size != (mask.width, mask.height):
            turned = " It may be turned." if size == (mask.height, mask.width) else " It may be resized."
            pixels = f"{mask.width:,} x {mask.height:,} pixels"
            reason = f"{shown(path)} has {pixels}, the image {size[0]:,} x {size[1]:,}.{turned}"
            yield AnnotationFault(image, "", "mask-size", f"{reason} Make it of the image's size.")
        values_of[image] = mask.values
        count.update(mask.values)
    if cancelled():
        return
    known = _known_values(count, len(values_of), classes)
    for image, values in values_of.items():
        unknown = [value for value in values if value not in known]
        if unknown:
            listed = ", ".join(map(str, unknown[:5])) + (" …" if len(unknown) > 5 else "")
            reason = f"{shown(masks[image])} has the values {listed}, which are no class"
            if len(unknown) > 20:
                reason += ": it was resized with interpolation, or saved as JPEG"
            yield AnnotationFault(image, "", "mask-values", f"{reason}. Make the mask again, or correct them.")


def _contents(masks: dict[int, str], cancelled: Callable[[], bool]) -> Iterator[tuple[int, MaskContent]]:
    """What each mask has, by its image; decoded by processes that may die of it, as many as there are cores."""
    readers = [MaskReader() for _ in range(max(1, min(int(usable_cores()), len(masks) // _MASKS_A_PROCESS)))]
    free = SimpleQueue[MaskReader]()
    for reader in readers:
        free.put(reader)

    def content(path: str) -> MaskContent:
        reader = free.get()
        try:
            return reader.content(path, _MOST_VALUES) if not cancelled() else MaskContent()
        finally:
            free.put(reader)

    with ExitStack() as stack:
        for reader in readers:
            stack.callback(reader.close)
        threads = stack.enter_context(ThreadPoolExecutor(len(readers), "inspector-masks"))
        items = iter(masks.items())
        while some := [*islice(items, _MASKS_AT_ONCE)]:
            found = threads.map(content, [path for _, path in some])
            for (image, _), mask in zip(some, found, strict=True):
                if cancelled():
                    return
                yield image, mask


def mask_pixels(path: str) -> npt.NDArray[Any] | None:
    """(H, W) values of the mask in a file, of a palette the numbers of its colours, or (H, W, 3) BGR; None: none.

    Raises:
        OSError: where the file cannot be read.
    """
    return _decoded(read_regular(path, _MOST_BYTES))


def _decoded(data: bytes) -> _Pixels | None:
    header = peek(data)
    return _values(data) if header is not None and header.width * header.height <= 1 << 28 else None


def _known_values(count: Counter[int], masks: int, classes: Sequence[str]) -> set[int]:
    """Those that are a class, or mean that there is none. 0 is the background, whether it is listed or not."""
    if classes:
        return {*range(len(classes) + (classes[0].lower() not in BACKGROUNDS)), _VOID}
    few = max(1, int(masks * _FEW))
    usual = {value for value, times in count.items() if times > few} or {*count}
    if usual <= {0, 1} or usual <= {0, _VOID}:
        return usual
    top = max((value for value in usual if value != _VOID), default=0)
    return {*usual, *range(min(top + 2, 1 << 16)), _VOID} if top < 256 else usual


def _values(data: bytes) -> _Pixels | None:
    """(H, W) values, of a palette the numbers of its colours, or (H, W, 3)."""
    indices = _palette_indices(data)
    if indices is not None:
        return indices
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None:
        return None
    if found.ndim == 3 and (found.shape[2] < 3 or (found[..., :1] == found[..., 1:3]).all()):  # grey in three channels
        return found[..., 0]
    return found


def colour_numbers(pixels: _Pixels) -> _Pixels:
    """(H, W, 3) -> (H, W) a number for each colour."""
    first, second, third = (pixels[..., channel].astype(np.int64) for channel in range(3))
    return first | second << 16 | third << 32 if pixels.dtype.itemsize > 1 else first | second << 8 | third << 16


def _palette_indices(data: bytes) -> _Pixels | None:
    """The numbers in a PNG with a palette, which decoders give as colours: it is read as if they were grey levels."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or data[25:26] != b"\x03":
        return None
    depth = data[24]
    header = bytearray(data[12:29])
    header[13] = 0  # grey
    kept = [data[:12], bytes(header), struct.pack(">I", zlib.crc32(header))]
    place = 33
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] not in (b"PLTE", b"tRNS", b"bKGD", b"hIST"):
            kept.append(data[place:end])
        place = end
    try:
        found = cv2.imdecode(np.frombuffer(b"".join(kept), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.ndim != 2 or depth not in (1, 2, 4, 8):
        return None
    return found // (255 // ((1 << depth) - 1))
