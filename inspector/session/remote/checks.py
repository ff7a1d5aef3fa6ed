"""What comes from the other side is of the right types by then; here is checked that it makes sense to show it."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from inspector.monitor.records import BatchView, DeliveredImage, Series, Snapshot, Thumbnail
from inspector.monitor.sample_counts import SampleCounts
from inspector.scan.results import ROW_NAMES
from inspector.scan.score_histogram import ScoreHistogram
from inspector.session.examiner.records import FileExamination, Preview, SecondLook
from inspector.session.exchange import FoundRows, SentBatch, SentPicture
from inspector.session.protocol import Fields
from inspector.settings import Setting, settings_table
from inspector.wire.errors import WireError

_MOST_FIELDS, _MOST_FIELD_TEXT = 65, 5000
_MOST_SIDE = 1024  # of a thumbnail
_MOST_JPEG_BYTES = 1 << 20
_MOST_PICTURES = 65_536
_MOST_PICTURE_BYTES = 256 << 20  # of all thumbnails of a batch
_REQUIRED = ("num_workers", "batch_size")
_TYPES: dict[str, tuple[Any, ...]] = {
    "flag": (bool,),
    "whole": (int,),
    "bytes": (int,),
    "number": (int, float),
    "size": (tuple,),
    "names": (tuple,),
}
_ROW_NAMES = frozenset(map(str, ROW_NAMES))


def check_snapshot(snapshot: Snapshot) -> None:
    """
    Raises:
        WireError: for settings or times that no view could show.
    """
    table = settings_table()
    for name in _REQUIRED:
        _refuse_unless(name in snapshot.settings, f"no {name}")
    for name, value in snapshot.settings.items():
        if name in table:
            _refuse_unless(_fits(table[name], value), f"{name} {value!r:.40}")
    _refuse_unless(len(snapshot.workers) <= 4096 and len(snapshot.changes) <= 100_000, "more workers than there can be")
    _refuse_unless(min(snapshot.files, snapshot.problems, snapshot.batches, snapshot.images) >= 0, "a negative count")


def _fits(setting: Setting, given: Any) -> bool:
    value: Any = given
    if value is None:
        return setting.name not in _REQUIRED
    if not isinstance(given, _TYPES.get(setting.kind, (str,))) or (isinstance(value, bool) and setting.kind != "flag"):
        return False
    if setting.kind == "size":
        return len(value) == 2 and all(type(side) is int and 0 < side < 1 << 20 for side in value)
    if setting.kind == "names":
        return all(isinstance(name, str) for name in value)
    if setting.kind in ("whole", "number"):
        return bool(abs(value) < 1 << 31)
    return setting.kind != "choice" or value in setting.choices


def check_series(series: Series) -> None:
    """
    Raises:
        WireError: where the columns do not fit each other.
    """
    columns = (
        series.time_s, series.batches_per_s, series.images_per_s, series.queue_depth, series.prefetch_batches,
    )  # fmt: skip
    _refuse_unless(all(each.shape == (len(series.time_s),) for each in columns), "columns of different lengths")
    _refuse_unless(len(series.time_s) < 100_000, "an endless series")
    times = series.time_s
    _refuse_unless(bool(np.isfinite(times).all() and (np.diff(times) >= 0).all()), "times that go back")
    _refuse_unless(not any(np.isinf(each).any() for each in columns), "infinite rates")


def check_counts(counts: SampleCounts | None) -> SampleCounts | None:
    """
    Raises:
        WireError: where the columns do not fit each other.
    """
    for epoch in (counts.current, counts.previous) if counts is not None else ():
        if epoch is None:
            continue
        if (classes := epoch.classes) is not None:
            shape = (len(classes.names),)
            parts = (classes.delivered, classes.skipped, classes.sizes)
            _refuse_unless(all(part.shape == shape for part in parts), "classes of different numbers")
        order = epoch.order
        _refuse_unless(order.indices.ndim == 1 and len(order.indices) < 1 << 20, "an order of no list")
        of = order.class_of
        _refuse_unless(of is None or of.shape == order.indices.shape, "classes of other samples")
        sizes = order.class_sizes
        _refuse_unless((of is None) == (sizes is None), "classes without sizes")
        if of is not None and sizes is not None:
            within = not len(of) or (of.min() >= -1 and of.max() < len(sizes))
            _refuse_unless(sizes.ndim == 1 and bool(within), "classes that there are not")
    return counts


def check_image(image: DeliveredImage | None) -> DeliveredImage | None:
    """
    Raises:
        WireError: where it is no image.
    """
    if image is not None:
        _check_rgb(image.thumbnail.pixels, np.uint8)
        if image.pixels is not None:
            _refuse_unless(image.pixels.dtype.kind in "uif", "an image of no numbers")
            _check_rgb(image.pixels, None)
        _refuse_unless(0 <= image.position < max(1, image.count), "an image outside its batch")
        for name in _REQUIRED:
            _refuse_unless(name in image.settings, f"no {name}")
    return image


def check_look(look: SecondLook | None) -> SecondLook | None:
    """
    Raises:
        WireError: where it has no images.
    """
    if look is not None and look.rgb is not None:
        _check_rgb(look.rgb, np.uint8)
        known = look.known
        _refuse_unless(known is None or known.shape == look.rgb.shape[:2], "a mask of another size")
    return look


def check_fields(fields: Fields) -> Fields:
    """
    Raises:
        WireError: where there are more, or longer ones, than a session gives.
    """
    _refuse_unless(len(fields) <= _MOST_FIELDS, "more fields than there can be")
    _refuse_unless(all(len(name) + len(text) <= _MOST_FIELD_TEXT for name, text in fields), "an endless field")
    return fields


def check_examination(found: FileExamination) -> FileExamination:
    """
    Raises:
        WireError: where its pictures are none.
    """
    for preview in (found.lenient, found.second):
        if isinstance(preview, Preview):
            _check_rgb(preview.rgb, np.uint8)
    _refuse_unless(len(found.head) <= 1 << 20 and len(found.tail) <= 1 << 20, "a file instead of its beginning")
    return found


def check_rows(found: FoundRows) -> FoundRows:
    """
    Raises:
        WireError: where a row is of no kind that there is.
    """
    for row, _, _ in found.rows:
        _refuse_unless(row.name in _ROW_NAMES, "a finding of no kind")
    return found


def check_histogram(found: ScoreHistogram | None) -> ScoreHistogram | None:
    """
    Raises:
        WireError: where it cannot be drawn.
    """
    if found is not None:
        _refuse_unless(0 < len(found.counts) <= 10_000, "a histogram of no bins")
        _refuse_unless(-1e12 < found.low < found.high < 1e12, "a histogram without ends")
    return found


def _check_rgb(pixels: npt.NDArray[Any], dtype: Any) -> None:
    _refuse_unless(pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size > 0, "an image that is none")
    _refuse_unless(dtype is None or pixels.dtype == dtype, "an image of another dtype")


def _refuse_unless(right: bool, what: str) -> None:
    if not right:
        raise WireError(f"The other side sent what cannot be: {what}.")


# --- pictures ----------------------------------------------------------------------------------------------------


def view_of(pictures: SentBatch, before: BatchView | None) -> BatchView:
    """The batch to look at; its pictures are decoded here.

    Args:
        before: the one whose pictures came last.

    Raises:
        WireError: where they are no small pictures.
    """
    if pictures.same:
        _refuse_unless(before is not None and before.key == pictures.key, "pictures that never came")
        assert before is not None
        thumbnails = before.thumbnails
    else:
        sizes = [picture.high * picture.wide * 3 for picture in pictures.pictures]
        _refuse_unless(len(sizes) <= _MOST_PICTURES and sum(sizes) <= _MOST_PICTURE_BYTES, "too many pictures")
        thumbnails = tuple(map(_thumbnail, pictures.pictures))
    run, number = pictures.key
    return BatchView(
        number,
        pictures.epoch,
        pictures.shape,
        pictures.dtype,
        thumbnails,
        pictures.skipped,
        pictures.position,
        pictures.kept,
        run,
        pictures.count,
        pictures.note,
        pictures.proved,
    )


def _thumbnail(picture: SentPicture) -> Thumbnail:
    high, wide = picture.high, picture.wide
    _refuse_unless(0 < high <= _MOST_SIDE and 0 < wide <= _MOST_SIDE, "a thumbnail of no size")
    if picture.raw:
        _refuse_unless(len(picture.raw) == high * wide * 3, "a thumbnail of another size")
        pixels: npt.NDArray[Any] = np.frombuffer(picture.raw, np.uint8).reshape(high, wide, 3)
    else:
        pixels = _decoded(picture.jpeg)
        if pixels.shape[:2] != (high, wide):
            pixels = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_LINEAR)
    return Thumbnail(
        np.ascontiguousarray(pixels, np.uint8),
        picture.path,
        picture.index,
        picture.label,
        picture.height,
        picture.width,
        picture.problem,
        picture.fields,
    )


def _decoded(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """Of a baseline JPEG of a size that a thumbnail has: one with many scans could take minutes."""
    try:
        _refuse_unless(len(jpeg) <= _MOST_JPEG_BYTES and _is_baseline(jpeg), "a thumbnail that is no small JPEG")
        height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
        _refuse_unless(0 < height <= _MOST_SIDE and 0 < width <= _MOST_SIDE, "a thumbnail of too many pixels")
        pixels: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, "RGB")
    except (ValueError, RuntimeError, MemoryError) as error:
        raise WireError(f"The other side sent a thumbnail that cannot be decoded: {str(error)[:100]}.") from error
    _check_rgb(pixels, np.uint8)
    return pixels


def _is_baseline(jpeg: bytes) -> bool:
    """Its first frame is a baseline one, as far as its markers show without a look into the scan."""
    if jpeg[:2] != b"\xff\xd8":
        return False
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4])
        if marker == 0xC0:
            return True
        if marker in (0xC1, 0xC2, 0xC3, 0xDA) or (0xC5 <= marker <= 0xCF and marker not in (0xC8, 0xCC)):
            return False
        place += 2 + length
    return False
