"""The file types that this project knows: by which bytes and under which extensions a file of each begins.

The only such tables there are. `formats` decides by the bytes which decoder a file gets; extensions select what a
search for images looks at, and what a name should end in.
"""

import re
from typing import NamedTuple


class FileType(NamedTuple):
    """One file type.

    Attributes:
        name: as shown to the user.
        signatures: what its files begin with, as (offset, bytes).
        extensions: lower case, without the dot, the common one first.
        searched: a search of a folder looks at files with these extensions.
    """

    name: str
    signatures: tuple[tuple[int, bytes], ...]
    extensions: tuple[str, ...] = ()
    searched: bool = False


def _start(*signatures: bytes) -> tuple[tuple[int, bytes], ...]:
    return tuple((0, signature) for signature in signatures)


# The first whose signature fits is tried; where the rest of the header does not fit, the next one.
FILE_TYPES = (
    FileType("JPEG", _start(b"\xff\xd8\xff"), ("jpg", "jpeg", "jpe", "jfif"), True),
    FileType("PNG", _start(b"\x89PNG\r\n\x1a\n"), ("png", "apng"), True),
    FileType("BMP", _start(b"BM"), ("bmp", "dib"), True),
    FileType("WebP", _start(b"RIFF"), ("webp",), True),
    FileType("TIFF", _start(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), ("tif", "tiff"), True),
    FileType(
        "JPEG 2000",
        _start(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
        ("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),
        True,
    ),
    FileType("AVIF", ((4, b"ftyp"),), ("avif", "avifs"), True),
    FileType("HEIC", ((4, b"ftyp"),), ("heic", "heif", "hif"), True),
    FileType("GIF", _start(b"GIF87a", b"GIF89a"), ("gif",), True),
    FileType("PNM", _start(*(b"P%d" % number for number in range(1, 7))), ("pnm", "pbm", "pgm", "ppm"), True),
    # What is named, and not decoded.
    FileType("JPEG XL", _start(b"\0\0\0\x0cJXL \r\n\x87\n", b"\xff\x0a"), ("jxl",)),
    FileType("PSD", _start(b"8BPS"), ("psd",)),
    FileType("ICO", _start(b"\0\0\1\0"), ("ico",)),
    FileType("EXR", _start(b"\x76\x2f\x31\x01"), ("exr",)),
    FileType("HDR", _start(b"#?RADIANCE", b"#?RGBE"), ("hdr",)),
    FileType("PAM", _start(b"P7\n"), ("pam",)),
    FileType("PFM", _start(b"PF\n", b"Pf\n", b"PF ", b"Pf "), ("pfm",)),
    FileType("Sun raster", _start(b"\x59\xa6\x6a\x95"), ("ras", "sun", "sr")),
    FileType("camera raw", (*_start(b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"IIU\0"), (4, b"ftyp"))),
    FileType("QOI", _start(b"qoif"), ("qoi",)),
    FileType("DDS", _start(b"DDS "), ("dds",)),
    FileType("XCF", _start(b"gimp xcf"), ("xcf",)),
    FileType("DjVu", _start(b"AT&TFORM"), ("djvu",)),
    FileType("FITS", _start(b"SIMPLE  ="), ("fits",)),
    FileType("DICOM", ((128, b"DICM"),), ("dcm",)),
)

EXTENSIONS = {file_type.name: file_type.extensions for file_type in FILE_TYPES}
IMAGE_EXTENSIONS = tuple(
    extension for file_type in FILE_TYPES if file_type.searched for extension in file_type.extensions
)

TAR_EXTENSIONS = ("tar", "tgz", "tbz2", "txz", *(f"tar.{end}" for end in ("gz", "bz2", "xz", "zst", "lz4", "z")))
TFRECORD_EXTENSIONS = ("tfrecord", "tfrecords", "tfrec")
ARROW_EXTENSIONS = ("arrow", "feather")
PARQUET_EXTENSIONS = ("parquet", "pq")
LMDB_EXTENSIONS = ("mdb", "lmdb")
CONTAINER_EXTENSIONS = (
    *(*TAR_EXTENSIONS, "zip", *TFRECORD_EXTENSIONS, "mds"),
    *(*ARROW_EXTENSIONS, *LMDB_EXTENSIONS, *PARQUET_EXTENSIONS),
)
"""Of files that hold samples, or are refused in a sentence that says what to do with them; see `sources.containers`."""


def by_extension(extension: str) -> str | None:
    """The name of the type whose files have this extension, which is given without the dot and in lower case."""
    return next((each.name for each in FILE_TYPES if extension in each.extensions), None)


_CONTAINERS = tuple(f".{extension}" for extension in CONTAINER_EXTENSIONS)
_SHARD_NUMBER = re.compile(r"-\d{5}-of-\d{5}$")


def without_shard_number(name: str) -> str:
    """ "train.tfrecord-00000-of-00128" -> "train.tfrecord"."""
    return _SHARD_NUMBER.sub("", name) if "-of-" in name else name


def is_container(name: str) -> bool:
    """A file with this name holds many samples."""
    return without_shard_number(name.lower()).endswith(_CONTAINERS)
