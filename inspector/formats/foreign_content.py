"""What a file that is no image looks like, in words, because the reason that it lies there is often visible."""

_MAGIC = (
    (b"version https://git-lfs", "a Git LFS pointer; the file itself was not fetched: run `git lfs pull`"),
    (b"\0\x05\x16\x07", "a side file that macOS writes beside the real one; it can be deleted"),
    (b"\0\x05\x16\0", "a macOS resource file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft container, such as Thumbs.db or an old Office document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"ID3", "MP3 audio"),
    (b"OggS", "Ogg audio or video"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"RIFF", "audio or video in a RIFF file"),
    (b"SQLite format 3", "an SQLite database"),
)
_SHOWN = 24  # bytes of an unknown file that are quoted


def describe(data: bytes) -> str:
    """What the file seems to be, in a phrase that completes "the file is no image: ..."."""
    for magic, words in _MAGIC:
        if data.startswith(magic):
            return words
    if data[4:8] == b"ftyp":
        return "a video or audio file of the MP4 family"
    head = data[:4096]
    if not head.strip(b"\0"):
        return "it begins with nothing but zero bytes; a copy or download probably went wrong"
    text = _as_text(head)
    if text is None:
        return f"it begins with the bytes {head[:8].hex(' ')}"
    start = text.lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "an HTML page; a download probably got an error page in place of the image"
    if start.startswith("<?xml"):
        return "an XML document"
    if start.startswith(("{", "[")):
        return "JSON or similar text"
    words = " ".join(text.split())
    return f'text that begins with "{words[:_SHOWN]}{"…" if len(words) > _SHOWN else ""}"'


def _as_text(head: bytes) -> str | None:
    try:
        # A character may be cut in two at the end of `head`.
        text = head.decode("utf-8", "strict" if len(head) < 4096 else "ignore")
    except UnicodeDecodeError:
        return None
    return text if all(letter.isprintable() or letter.isspace() for letter in text[:256]) else None
