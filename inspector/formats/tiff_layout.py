"""What the tags of a TIFF's first page say about its pixels."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.formats import tiff_tags as tags
from inspector.formats.tiff_tags import TagEntry

NONE, CCITT, FAX3, FAX4, LZW, OLD_JPEG, JPEG, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA = (
    1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925,
)  # fmt: skip
COMPRESSIONS = {
    CCITT: "CCITT", FAX3: "fax", FAX4: "fax", LZW: "LZW", OLD_JPEG: "old JPEG", JPEG: "JPEG", DEFLATE: "deflate",
    PACKBITS: "PackBits", OLD_DEFLATE: "deflate", LZMA: "LZMA", 33003: "JPEG 2000", 33005: "JPEG 2000",
    34712: "JPEG 2000", 34887: "LERC", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL",
}  # fmt: skip
_DECODED = (NONE, CCITT, FAX3, FAX4, LZW, JPEG, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA)
_WITH_PREDICTOR = (LZW, DEFLATE, OLD_DEFLATE, LZMA)
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCC, LAB, ICC_LAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCC: 3, LAB: 3, ICC_LAB: 3}
_RARE = {MASK: "a mask", 10: "ITU Lab", 32803: "a colour filter array", 32844: "LogL", 32845: "LogLuv"}
_NUMBERS = {2: "signed integers", 3: "floating point", 5: "complex numbers", 6: "complex numbers"}
_MOST_CHANNELS = 4
_SMALL_TILE = 1 << 20  # pixels; a larger one may not be much larger than the picture
_DECISIVE = (
    tags.WIDTH, tags.HEIGHT, tags.BITS, tags.COMPRESSION, tags.PHOTOMETRIC, tags.FILL_ORDER, tags.SAMPLES,
    tags.ROWS_PER_STRIP, tags.PLANAR, tags.T4_OPTIONS, tags.T6_OPTIONS, tags.PREDICTOR, tags.TILE_WIDTH,
    tags.TILE_HEIGHT, tags.EXTRA_SAMPLES, tags.SAMPLE_FORMAT, tags.YCC_SUBSAMPLING,
)  # fmt: skip
_LISTS = (tags.BITS, tags.EXTRA_SAMPLES, tags.SAMPLE_FORMAT, tags.YCC_SUBSAMPLING)  # with a value for each sample
_INTEGER_TYPES = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}


class Block(NamedTuple):
    """A strip or tile: its place in the picture, and its size in pixels without what lies outside of the picture.

    Attributes:
        number: of the segment that holds its data, for a picture with a plane for each channel that of the first one.
        full_height, full_width: with what lies outside.
    """

    number: int
    top: int
    left: int
    height: int
    width: int
    full_height: int
    full_width: int


@dataclass(frozen=True)
class Layout:
    """The first page. All numbers are as the file has them, or the standard's defaults."""

    data: bytes
    order: str
    entries: dict[int, TagEntry]

    @classmethod
    def read(cls, data: bytes) -> "Layout":
        """Read the first directory; of several tags of one number the first counts, as in libtiff.

        Raises:
            ValueError, struct.error: there is none, or it is cut off.
        """
        entries: dict[int, TagEntry] = {}
        for entry in tags.entries(data):
            entries.setdefault(entry.tag, entry)
        return cls(data, tags.byte_order(data), entries)

    def check(self) -> None:
        """Raises ValueError where a tag that decides about the pixels has no value that can be."""
        for tag in _DECISIVE:
            entry = self.entries.get(tag)
            if entry is not None and (not self.values(tag) or (entry.number != 1 and tag not in _LISTS)):
                raise ValueError(f"tag {tag} is damaged")
        if not 1 <= self.bits <= 64 or not self.samples or self.value(tags.PLANAR, 1) not in (1, 2):
            raise ValueError("a tag has an impossible value")
        if not {tags.COMPRESSION, tags.PHOTOMETRIC} & set(self.entries):
            raise ValueError("it is not said what the data are")
        if tags.BITS not in self.entries and self.samples > 1:
            raise ValueError("it is not said how many bits a value has")
        if self.samples < CHANNELS.get(self.photometric, 1):
            raise ValueError("there are fewer channels than colours")

    def values(self, tag: int, most: int = 1) -> tuple[int, ...]:
        entry = self.entries.get(tag)
        return () if entry is None else tags.integers(self.data, entry, self.order, most)

    def value(self, tag: int, default: int) -> int:
        values = self.values(tag)
        return values[0] if values else default

    def numbers(self, tag: int, count: int) -> NDArray[np.unsignedinteger] | None:
        """The values of a tag; None where they are not `count`."""
        entry = self.entries.get(tag)
        code = _INTEGER_TYPES.get(entry.kind) if entry is not None else None
        if entry is None or code is None or entry.number != count or entry.end > len(self.data):
            return None
        return np.frombuffer(self.data, self.order + code, count, entry.at)

    def floats(self, tag: int, count: int) -> tuple[float, ...] | None:
        """The values of a tag of `count` fractions or floating point numbers."""
        entry = self.entries.get(tag)
        if entry is None or entry.number != count or entry.end > len(self.data):
            return None
        if entry.kind == 5:
            parts = struct.unpack_from(f"{self.order}{2 * count}I", self.data, entry.at)
            return tuple(a / b if b else 0.0 for a, b in zip(parts[::2], parts[1::2], strict=True))
        if entry.kind == 11:
            return struct.unpack_from(f"{self.order}{count}f", self.data, entry.at)
        return None

    @cached_property
    def width(self) -> int:
        return self.value(tags.WIDTH, 0)

    @cached_property
    def height(self) -> int:
        return self.value(tags.HEIGHT, 0)

    @cached_property
    def samples(self) -> int:
        return self.value(tags.SAMPLES, 1)

    @cached_property
    def bits(self) -> int:
        return self.value(tags.BITS, 1)

    @cached_property
    def compression(self) -> int:
        return self.value(tags.COMPRESSION, NONE)

    @cached_property
    def photometric(self) -> int:
        return self.value(tags.PHOTOMETRIC, WHITE_IS_ZERO if self.compression in (CCITT, FAX3, FAX4) else BLACK_IS_ZERO)

    @cached_property
    def predictor(self) -> int:
        return self.value(tags.PREDICTOR, 1) if self.compression in _WITH_PREDICTOR else 1

    @cached_property
    def planes(self) -> bool:
        """Each channel has strips or tiles of its own."""
        return self.samples > 1 and self.value(tags.PLANAR, 1) == 2

    @cached_property
    def tiled(self) -> bool:
        return tags.TILE_WIDTH in self.entries or tags.TILE_OFFSETS in self.entries

    @cached_property
    def block_size(self) -> tuple[int, int]:
        """(height, width) of a strip or tile in pixels."""
        if self.tiled:
            return self.value(tags.TILE_HEIGHT, 0), self.value(tags.TILE_WIDTH, 0)
        rows = self.value(tags.ROWS_PER_STRIP, 0) or self.height
        return min(rows, self.height), self.width

    @cached_property
    def subsampling(self) -> tuple[int, int]:
        """(across, down): pixels that share one colour, in YCbCr that is not JPEG."""
        if self.photometric != YCC or self.compression == JPEG or self.planes:
            return 1, 1
        found = self.values(tags.YCC_SUBSAMPLING, 2)
        return (found[0], found[1]) if len(found) == 2 else (2, 2)

    @cached_property
    def extra(self) -> int | None:
        """What the first sample beyond the colour is: 1 associated alpha, 2 unassociated alpha, 0 something else."""
        return self.value(tags.EXTRA_SAMPLES, 0) if self.samples > CHANNELS.get(self.photometric, 1) else None

    def lacking(self) -> str:
        """What makes it unsupported, in words; "" where nothing does."""
        channels = CHANNELS.get(self.photometric)
        sample_format = self.value(tags.SAMPLE_FORMAT, 1)
        if sample_format in _NUMBERS:
            return _NUMBERS[sample_format]
        if self.compression not in _DECODED:
            return COMPRESSIONS.get(self.compression) or f"compression {self.compression}"
        if channels is None:
            return _RARE.get(self.photometric) or f"photometric interpretation {self.photometric}"
        if self.samples > _MOST_CHANNELS or (channels == 1 and self.samples > 2):
            return f"{self.samples} bands"
        depths = self.values(tags.BITS, self.samples)
        if len(set(depths)) > 1:
            return "channels of unequal depth"
        if self.photometric == CMYK and self.value(tags.INK_SET, 1) != 1:
            return "inks other than CMYK"
        return self._lacking_depth()

    def _lacking_depth(self) -> str:
        bits, name = self.bits, f"{self.bits}-bit"
        if self.compression in (CCITT, FAX3, FAX4) and (bits, self.samples) != (1, 1):
            return f"{name} fax"
        if self.compression == JPEG and (
            bits != 8 or self.photometric in (PALETTE, LAB, ICC_LAB) or self.extra is not None
        ):
            return f"{name} JPEG" if bits != 8 else "JPEG of a rare kind"
        if self.predictor not in (1, 2) or (self.predictor == 2 and bits not in (8, 16)):
            return "a rare predictor"
        eight_or_16 = self.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE)
        if bits > 16 or (eight_or_16 and bits not in (8, 16)) or (self.photometric == YCC and bits != 8):
            return name
        if self.photometric == YCC and (self.extra is not None or not set(self.subsampling) <= {1, 2, 4}):
            return "YCbCr of a rare kind"
        return ""

    def count_blocks(self) -> int:
        """The number of strips or tiles, in one plane.

        Raises:
            ValueError: their size is impossible.
        """
        height, width = self.block_size
        if height < 1 or width < 1 or height * width > 4 * self.height * self.width + _SMALL_TILE:
            raise ValueError("impossible size of a strip or tile")
        return -(-self.height // height) * -(-self.width // width)

    def blocks(self) -> Iterator[Block]:
        """All strips or tiles, in the file's order."""
        full_height, full_width = self.block_size
        places = product(range(0, self.height, full_height), range(0, self.width, full_width))
        for number, (top, left) in enumerate(places):
            height, width = min(full_height, self.height - top), min(full_width, self.width - left)
            yield Block(number, top, left, height, width, full_height, full_width)

    def row_bytes(self, pixels: int) -> int:
        """Bytes of a row of so many pixels, in one plane."""
        return (pixels * (1 if self.planes else self.samples) * self.bits + 7) // 8

    def block_bytes(self, height: int, width: int) -> int:
        """Bytes of a strip or tile of so many pixels, in one plane, before compression."""
        across, down = self.subsampling
        if (across, down) != (1, 1):
            return -(-height // down) * -(-width // across) * (across * down + 2)
        return height * self.row_bytes(width)
