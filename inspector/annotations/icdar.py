"""ICDAR, as EAST and its like read it: a text file for each image, `x1,y1,x2,y2,x3,y3,x4,y4,text` for each text.

`###` and `*` are texts that nobody has to find. With a language before the text it is ICDAR MLT, with four numbers a
box of ICDAR 2013, with more than eight a polygon. Commas and quotes may be part of the text. What EAST does with a
fault is its `icdar.py`, which reads with Python's `csv`.
"""

import re
from collections import Counter
from collections.abc import Sequence

from inspector.annotations.reading import Reading, UnreadableError, number, quoted, read_text
from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.annotations.side_files import Convention, SideFolder, label_files, shown_folders

NAME = "ICDAR"
_FOLDERS = ("gt", "labels", "annotations", "Annotations", "txt", "label", "gts", "ground_truth", "localization")
CONVENTIONS = (
    Convention((*_FOLDERS, "localization_transcription_gt"), (".txt",)),
    Convention((*_FOLDERS, "localization_transcription_gt"), (".txt",), ("gt_", "gt_img_", "poly_gt_")),
    Convention(_FOLDERS, (".txt",), suffixes=("_gt", ".gt")),
)
_IGNORED = ("###", "*")
_LANGUAGES = frozenset(
    ("Arabic", "Bangla", "Chinese", "English", "French", "German", "Hindi", "Italian", "Japanese", "Korean", "Latin",
     "Mixed", "None", "Symbols")
)  # fmt: skip
_MARK = re.compile("^(\ufeff|ï»¿)+")
_SPACED = re.compile(r"\s*-?\d+\s+-?\d+\s+-?\d+\s+-?\d+\s+\"")  # of ICDAR 2013, without commas


def is_line(line: str) -> bool:
    """It looks like a line of ICDAR, if not like a good one."""
    return _SPACED.match(line) is not None or (leading_numbers(line) >= 4 and line.count(",") >= 4)


def leading_numbers(line: str) -> int:
    """How many numbers a line begins with."""
    if _SPACED.match(line):
        return 4
    count = 0
    for part in _MARK.sub("", line).split(","):
        if number(part) is None:
            break
        count += 1
    return count


def read(folders: Sequence[SideFolder], lines: Sequence[str], reading: Reading) -> str:
    """Pack all files; the text that says where they are is returned.

    Args:
        lines: some of them, which show how many numbers a shape has.
    """
    counts = Counter(_shape_numbers(leading_numbers(line)) for line in lines)
    usual = counts.most_common(1)[0][0] if counts else 8
    texts = sum(line.count(",") >= usual or _SPACED.match(line) is not None for line in lines) * 2 > len(lines)
    for path, image in label_files(folders, reading):
        _TextFile(path, image, reading, usual, texts).read()
    for folder in folders:
        for path, place in folder.alone():
            if _is_of_the_format(path):
                reason = f"{reading.shown(path)} has no image: it is never read. Add the image, or remove the file."
                reading.missing(f"{place}.jpg", reason)
    return shown_folders((each.folder for each in folders), reading)


def _shape_numbers(count: int) -> int:
    """A text may be a number, too, so 9 numbers are 8 and a text."""
    return 4 if count < 8 else 8 if count < 10 else count - count % 2


def _is_of_the_format(path: str) -> bool:
    try:
        text, _ = read_text(path)
    except UnreadableError:
        return False
    return is_line(text.lstrip().partition("\n")[0])


class _TextFile:
    def __init__(self, path: str, image: int, reading: Reading, usual: int, texts: bool) -> None:
        self._path, self._image, self._packer = path, image, reading.packer
        self._reading, self._usual, self._texts = reading, usual, texts
        self._shown = reading.shown(path)

    def read(self) -> None:
        self._reading.come_from(self._image, self._shown)
        self._packer.describe(self._image)
        try:
            text, complaint = read_text(self._path)
        except UnreadableError as error:
            self._bad(0, f"it {error}")
            return
        if complaint:
            self._bad(0, f"{complaint}: EAST stops reading it there; save it as UTF-8")
        for line_number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
            if line.strip():
                self._read_line(_MARK.sub("", line), line_number)

    def _read_line(self, line: str, line_number: int) -> None:
        parts = line.split(",")
        count = leading_numbers(line)
        if _SPACED.match(line) or (count < 4 and self._usual == 4 and len(line.split()) >= 4):
            spaced = line.split(maxsplit=4)
            parts, count = spaced, 4  # ICDAR 2013 has spaces
        usual = self._usual
        if count < usual:
            self._bad_numbers(parts, count, line_number)
            return
        values = [number(part) or 0.0 for part in parts[:usual]]
        rest = parts[usual:]
        if not rest and self._texts:
            self._bad(line_number, f"there is no text behind the {usual} numbers: EAST takes the last number for it")
        if len(rest) > 1 and rest[0].strip() in _LANGUAGES:
            rest = rest[1:]
        text = ",".join(rest).strip()
        if is_open(line):
            self._bad(
                line_number,
                f"the text {quoted(text)} begins with a quote that is never closed: EAST's reader, Python's csv, "
                "swallows the lines behind it. Remove the quote, or write it twice",
            )
        elif len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('""', '"')
        flags = ShapeFlag.IGNORE if text in _IGNORED else 0
        kind = ShapeKind.BOX if usual == 4 else ShapeKind.QUAD if usual == 8 else ShapeKind.POLYGON
        self._packer.add(self._image, kind, values, flags=flags, ident=line_number, text=text)

    def _bad_numbers(self, parts: Sequence[str], count: int, line_number: int) -> None:
        usual = self._usual
        wrong = parts[count] if count < len(parts) else ""
        if count == 4 and usual == 8:
            what = "there are 4 numbers in place of 8, as of an upright box: write its four corners"
        elif count < len(parts) and count < usual and len(parts) >= usual and number(parts[-2]) is not None:
            what = f"{quoted(wrong)} is no number"
        else:
            what = f"there are {count} numbers in place of {usual}"
        self._bad(line_number, f"{what}; EAST stops there, and trains on no text of the image")

    def _bad(self, line: int, reason: str) -> None:
        where = f"{self._shown}, line {line}" if line else self._shown
        self._packer.fault(self._image, "bad-line", f"{where}: {reason}.")


def is_open(line: str) -> bool:
    """A field begins with a quote that the line does not close, as `csv` sees it: it takes the next lines in."""
    quoted_field, start, place = False, True, 0
    while place < len(line):
        char = line[place]
        if quoted_field:
            if char == '"' and line[place + 1 : place + 2] == '"':
                place += 1
            elif char == '"':
                quoted_field = False
        elif char == '"' and start:
            quoted_field = True
        start = char == "," and not quoted_field
        place += 1
    return quoted_field
