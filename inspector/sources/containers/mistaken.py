"""What a file is whose name says something else: so that the error says what to do."""

from inspector.formats.problems import BadFile
from inspector.sources.containers.blob import Blob

_HEAD_BYTES = 512
_KINDS = (  # what a file begins with, what that is, and its extension; "": it cannot be loaded
    (0, b"PK\x03\x04", "a zip", "zip"),
    (257, b"ustar", "a tar", "tar"),
    (0, b"PAR1", "a Parquet file", "parquet"),
    (0, b"ARROW1", "an Arrow file", "arrow"),
    (0, b"\x89HDF", "an HDF5 file", ""),
    (0, b"7z\xbc\xaf", "a 7z archive", ""),
    (0, b"Rar!", "a RAR archive", ""),
    (0, b"SQLite format 3", "an SQLite file", ""),
    (0, b"\x93NUMPY", "an array of NumPy", ""),
    (0, b"\x1f\x8b", "compressed with gzip: unpack it once, with gunzip", ""),
    (0, b"version https://git-lfs", "a pointer of Git LFS: fetch the file itself with git lfs pull", ""),
    (0, b"<!DOCTYPE", "a web page: the download probably failed", ""),
    (0, b"<html", "a web page: the download probably failed", ""),
)


def mistaken(blob: Blob) -> str:
    """What to add to "it is no tar file": "; it is a zip: give it a name that ends in .zip". "": it is not known."""
    if not blob.size:
        return "; it is empty: 0 bytes"
    try:
        head = blob.read(0, min(_HEAD_BYTES, blob.size))
    except BadFile:
        return ""
    for at, mark, what, extension in _KINDS:
        if head[at:].startswith(mark):
            return f"; it is {what}" + (f": give it a name that ends in .{extension}" if extension else "")
    return ""
