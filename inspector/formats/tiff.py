"""TIFF, read here strip by strip and tile by tile, since libtiff and what OpenCV makes of it pass wrong pixels as good.

`tiff_layout` has what the tags say, `tiff_segments` unpacks, `tiff_colours` makes RGB of the samples.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.formats import tiff_layout as layouts
from inspector.formats import tiff_tags as tags
from inspector.formats.image import Decoded, FileFault, Header, Pixels, Request, make_header
from inspector.formats.pixels import canvas, gave_up, turned
from inspector.formats.problems import ProblemKind
from inspector.formats.tiff_colours import ColourConversion, Samples
from inspector.formats.tiff_layout import Block, Layout
from inspector.formats.tiff_segments import Content, Segment, Unpacked, longest, unpack
from inspector.formats.truncation import stops_early

_HEADER_BYTES = 8
_GROUP_BYTES = 1 << 20  # unpacked and converted at a time
_NEEDED_TAGS = frozenset(
    (
        *(tags.WIDTH, tags.HEIGHT, tags.BITS, tags.STRIP_OFFSETS, tags.STRIP_BYTES, tags.TILE_OFFSETS, tags.TILE_BYTES),
        *(tags.COLOUR_MAP, tags.JPEG_TABLES, tags.SAMPLE_FORMAT, tags.EXTRA_SAMPLES),
    )
)


def header(data: bytes) -> Header | None:
    layout = Layout.read(data)
    preview = {tags.MAKE, tags.SUB_IFDS} <= set(layout.entries) and layout.value(tags.SUBFILE_TYPE, 0) & 1
    if tags.DNG_VERSION in layout.entries or data[8:10] == b"CR" or preview:
        return Header("camera raw", 0, 0, 1, False)
    layout.check()
    orientation = layout.value(tags.ORIENTATION, 1)
    lacking = layout.lacking()
    photometric, compression = layout.photometric, layouts.COMPRESSIONS.get(layout.compression, False)
    notes = (
        bool(lacking) and lacking not in (compression, f"{layout.bits}-bit") and lacking,
        layout.bits != 8 and f"{layout.bits}-bit",
        photometric in (layouts.WHITE_IS_ZERO, layouts.BLACK_IS_ZERO) and "grey",
        photometric == layouts.PALETTE and "palette",
        photometric == layouts.CMYK and "CMYK",
        photometric in (layouts.LAB, layouts.ICC_LAB) and "CIE Lab",
        layout.extra in (1, 2) and "alpha",
        compression,
    )
    orientation = orientation if 1 <= orientation <= 8 else 1
    return make_header("TIFF", layout.height, layout.width, orientation, not lacking, notes)


def working_bytes(data: bytes, header: Header) -> int:
    # The picture, once more where it is turned, and some strips or tiles, one of which may be all of it.
    layout = Layout.read(data)
    height, width = layout.block_size
    block = 0 if layout.compression == layouts.NONE else layout.block_bytes(height, width)
    block *= max(1, 8 // max(1, layout.bits))  # a byte for each value
    lab = layout.photometric in (layouts.LAB, layouts.ICC_LAB)
    pixels = header.height * header.width * (6 if header.orientation != 1 else 3)
    return pixels + (40 if lab and layout.tiled else 4) * block + 16 * _GROUP_BYTES


# --- faults


def faults(data: bytes, header: Header) -> FileFault | None:
    return stops_early(data, header, _needed, at_least=True)


def _needed(data: bytes) -> int:
    layout = Layout.read(data)
    end = 0
    for entry in layout.entries.values():
        # A tag that nobody needs may claim what it likes; cut off it counts as any other.
        if entry.tag in _NEEDED_TAGS or (entry.at <= len(data) and entry.end - entry.at <= len(data)):
            end = max(end, entry.end)
    if end > len(data):
        return end
    try:
        offsets, counts = _places(layout)
    except ValueError:
        return end
    return max(end, int((offsets.astype(np.uint64) + counts.astype(np.uint64)).max(initial=0)))


def _places(layout: Layout) -> tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger]]:
    """Where the strips or tiles lie: the offset and the number of bytes of each.

    Raises:
        ValueError: there are too few of them for the picture, or too many.
    """
    number = layout.count_blocks() * (layout.samples if layout.planes else 1)
    offsets = layout.numbers(tags.TILE_OFFSETS if layout.tiled else tags.STRIP_OFFSETS, number)
    if offsets is None and layout.tiled:  # some writers use the tags of strips
        offsets = layout.numbers(tags.STRIP_OFFSETS, number)
    if offsets is None:
        raise ValueError("the file does not say where each strip or tile is")
    counts = layout.numbers(tags.TILE_BYTES if layout.tiled else tags.STRIP_BYTES, number)
    if counts is None and layout.tiled:
        counts = layout.numbers(tags.STRIP_BYTES, number)
    height, width = layout.block_size
    needed = layout.block_bytes(height, width)
    if counts is None:
        if layout.compression != layouts.NONE:
            raise ValueError("the file does not say how long each strip or tile is")
        counts = np.full(number, needed, np.uint64)
        if not layout.tiled:
            rows = layout.height - height * (layout.count_blocks() - 1)
            counts[layout.count_blocks() - 1 :: layout.count_blocks()] = layout.block_bytes(rows, width)
    elif layout.compression == layouts.NONE and number == 1 and not 0 < counts[0] <= len(layout.data) - int(offsets[0]):
        counts = np.array([needed], np.uint64)  # some writers have it wrong
    if int(np.minimum(counts.astype(np.uint64), len(layout.data)).sum()) > 4 * len(layout.data) + _GROUP_BYTES:
        raise ValueError("its strips or tiles claim the same bytes many times over")
    if ((offsets < _HEADER_BYTES) & (counts > 0)).any():
        raise ValueError("a strip or tile lies where the header is")
    return offsets, counts


# --- decoding


class _Group(NamedTuple):
    """Blocks that are unpacked together, and for each plane their segments."""

    blocks: list[Block]
    segments: list[list[Segment]]


def decode(request: Request) -> Decoded:
    layout = Layout.read(request.data)
    try:
        offsets, counts = _places(layout)
        colours = ColourConversion(layout)
    except ValueError as error:
        raise gave_up("TIFF", str(error)) from None
    target = canvas(request)
    damage = ""
    for group in _groups(layout, offsets, counts):
        planes = [unpack(layout, segments, request.log) for segments in group.segments]
        for plane, unpacked in enumerate(planes):
            for block, each in zip(group.blocks, unpacked, strict=True):
                if each.fault and not damage:
                    number = block.number + plane * layout.count_blocks()
                    damage = f"{'tile' if layout.tiled else 'strip'} {number + 1:,} of {len(offsets):,}: {each.fault}"
        _paint(layout, colours, group.blocks, planes, target)
    rgb = turned(target, request.header.orientation, request.out)
    if damage:
        return Decoded(rgb, f"The file has wrong bytes inside, in {damage}.", ProblemKind.DAMAGED)
    return Decoded(rgb)


def _groups(
    layout: Layout, offsets: NDArray[np.unsignedinteger], counts: NDArray[np.unsignedinteger]
) -> Iterator[_Group]:
    number = layout.count_blocks()
    planes = layout.samples if layout.planes else 1
    if (whole := _one_run(layout, offsets, counts)) is not None:
        yield whole
        return
    group, size = _Group([], [[] for _ in range(planes)]), 0
    for block in layout.blocks():
        group.blocks.append(block)
        for plane in range(planes):
            segment = _segment(
                layout, block, int(offsets[block.number + plane * number]), int(counts[block.number + plane * number])
            )
            group.segments[plane].append(segment)
            size += segment.needed
        if size >= _GROUP_BYTES:
            yield group
            group, size = _Group([], [[] for _ in range(planes)]), 0
    if group.blocks:
        yield group


def _segment(layout: Layout, block: Block, offset: int, count: int) -> Segment:
    height, width = (block.full_height, block.full_width) if layout.tiled else (block.height, block.width)
    needed = layout.block_bytes(height, width)
    most = max(needed, layout.block_bytes(block.full_height, block.full_width))
    count = min(count, longest(layout, most))
    return Segment(memoryview(layout.data)[offset : offset + count], height, width, needed, most)


def _one_run(
    layout: Layout, offsets: NDArray[np.unsignedinteger], counts: NDArray[np.unsignedinteger]
) -> _Group | None:
    """All strips as one, where they are not compressed and lie one behind the other."""
    if layout.compression != layouts.NONE or layout.tiled or layout.planes or layout.subsampling != (1, 1):
        return None
    if not np.array_equal(offsets[1:].astype(np.int64), (offsets[:-1] + counts[:-1]).astype(np.int64)):
        return None
    height, width = layout.height, layout.width
    needed, start = layout.block_bytes(height, width), int(offsets[0])
    if int(counts.astype(np.uint64).sum()) != needed:
        return None
    block = Block(0, 0, 0, height, width, height, width)
    return _Group([block], [[Segment(memoryview(layout.data)[start : start + needed], height, width, needed, needed)]])


def _paint(
    layout: Layout, colours: ColourConversion, blocks: list[Block], planes: list[list[Unpacked]], target: Pixels
) -> None:
    if layout.tiled:
        for number, block in enumerate(blocks):
            parts = [_samples(layout, plane[number].content, block.full_height, block.full_width) for plane in planes]
            samples = (parts[0] if len(parts) == 1 else np.concatenate(parts, 2))[: block.height, : block.width]
            place = target[block.top : block.top + block.height, block.left : block.left + block.width]
            colours.paint(samples, place)
        return
    top, height = blocks[0].top, sum(block.height for block in blocks)
    if layout.subsampling != (1, 1):  # whose strips need not be a whole number of rows
        for number, block in enumerate(blocks):
            samples = _samples(layout, planes[0][number].content, block.height, block.width)
            colours.paint(samples, target[block.top : block.top + block.height])
        return
    joined = [_joined([each.content for each in plane]) for plane in planes]
    row = len(joined[0]) // height
    step = max(1, _GROUP_BYTES // max(row, 1))
    for first in range(0, height, step):
        rows = min(step, height - first)
        parts = [_samples(layout, plane[first * row : (first + rows) * row], rows, layout.width) for plane in joined]
        samples = parts[0] if len(parts) == 1 else np.concatenate(parts, 2)
        colours.paint(samples, target[top + first : top + first + rows])


def _joined(contents: list[Content]) -> NDArray[np.uint8]:
    arrays = [np.frombuffer(content, np.uint8) for content in contents]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _samples(layout: Layout, content: Content, height: int, width: int) -> Samples:
    """(height, width, channels) of the bytes of one plane, the predictor undone."""
    raw = np.frombuffer(content, np.uint8)
    if layout.subsampling != (1, 1):
        return _spread(raw, layout.subsampling, height, width)
    channels, bits = 1 if layout.planes else layout.samples, layout.bits
    rows = raw.reshape(height, layout.row_bytes(width))
    samples: Samples
    if bits == 8:
        samples = rows
    elif bits == 16:
        samples = rows.view(layout.order + "u2").astype(np.uint16, copy=False)
    else:
        samples = _unpacked_bits(rows, bits, width * channels)
    samples = samples.reshape(height, width, channels)
    if layout.predictor == 2:  # each sample was stored as the difference to the one before
        samples = np.add.accumulate(samples, axis=1, dtype=samples.dtype)
    return samples


def _unpacked_bits(rows: NDArray[np.uint8], bits: int, count: int) -> Samples:
    single = np.unpackbits(rows, axis=1, count=count * bits).reshape(len(rows), count, bits)
    if bits == 1:
        return single[..., 0]
    values = np.zeros((len(rows), count), np.uint8 if bits <= 8 else np.uint16)
    for bit in range(bits):
        values = values << 1 | single[..., bit]
    return values


def _spread(raw: NDArray[np.uint8], subsampling: tuple[int, int], height: int, width: int) -> Samples:
    """YCbCr of which some neighbours share Cb and Cr, as one triple a pixel."""
    across, down = subsampling
    high, wide = -(-height // down), -(-width // across)
    units = raw[: high * wide * (across * down + 2)].reshape(high, wide, across * down + 2)
    ycc = np.empty((high * down, wide * across, 3), np.uint8)
    luminance = units[..., :-2].reshape(high, wide, down, across)
    ycc[..., 0] = luminance.transpose(0, 2, 1, 3).reshape(high * down, wide * across)
    for channel in (1, 2):
        ycc[..., channel] = units[..., channel - 3].repeat(down, 0).repeat(across, 1)
    return ycc[:height, :width]
