"""Names of classes as they stand beside YOLO's labels: `data.yaml`, `classes.txt`, `obj.names`.

Of YAML only what these files have is read: `key: value`, lists and maps of plain values, in one line or in several.
"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from inspector.annotations.reading import Classes, UnreadableError, read_text

_MOST_BYTES = 1 << 22
_LISTS = ("classes.txt", "obj.names", "labels.txt", "names.txt", "_darknet.labels")
_KEY = re.compile(r"(?P<indent>\s*)(?P<key>[\w.-]+|'[^']*'|\"[^\"]*\")\s*:(?:\s+(?P<value>.*))?$")
_MOST_CLASSES = 1_000_000


class ClassList(NamedTuple):
    """What a file says of the classes.

    Attributes:
        path: of that file.
        names: by position; "" where a number has no name.
        keypoints: how many an object has, and numbers each; (0, 0): it does not say.
    """

    path: str
    names: tuple[str, ...]
    keypoints: tuple[int, int] = (0, 0)


def class_list(folders: Iterator[str]) -> ClassList | None:
    """What the first of these folders that has such a file says."""
    for folder in dict.fromkeys(folders):
        try:
            names = sorted(os.listdir(folder or os.curdir))
        except OSError:
            continue
        maps = [name for name in names if name.lower().endswith((".yaml", ".yml"))]
        for name in sorted(maps, key=lambda name: not name.startswith("data")):
            found = of_yaml(os.path.join(folder, name))
            if found is not None:
                return found
        for name in _LISTS:
            if name in names:
                path = os.path.join(folder, name)
                try:
                    text, _ = read_text(path, _MOST_BYTES)
                except UnreadableError:
                    continue
                lines = tuple(line.strip() for line in text.strip().splitlines())
                if lines and not all(_is_label(line) for line in lines):
                    return ClassList(path, lines)
    return None


def take_class_list(classes: Classes, folders: Iterator[str]) -> None:
    """Where one of these folders has such a file, its classes, in its order, are all there are."""
    found = class_list(folders)
    if found is not None:
        for name in found.names:
            classes.number(name)
        classes.fixed = True


def of_yaml(path: str) -> ClassList | None:
    """What a `data.yaml` says; None: it says nothing of classes."""
    try:
        text, _ = read_text(path, _MOST_BYTES)
    except UnreadableError:
        return None
    values = dict(_entries(text))
    names = _names(values.get("names", ""))
    count = values.get("nc", "").strip()
    if not names and count.isdigit() and 0 < int(count) <= _MOST_CLASSES:
        names = tuple(map(str, range(int(count))))
    if not names:
        return None
    sides = re.findall(r"\d+", values.get("kpt_shape", ""))
    keypoints = (int(sides[0]), int(sides[1])) if len(sides) == 2 and len("".join(sides)) < 8 else (0, 0)
    return ClassList(path, names, keypoints)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Each outermost key, and the text behind it, over all its lines."""
    key, lines = "", list[str]()
    for line in text.splitlines():
        bare = _without_comment(line)
        if not bare.strip():
            continue
        match = _KEY.match(bare)
        if match is not None and not match["indent"] and not bare.startswith(("-", " ", "\t")):
            if key:
                yield key, "\n".join(lines)
            key, lines = match["key"].strip("'\""), [match["value"] or ""]
        else:
            lines.append(bare)
    if key:
        yield key, "\n".join(lines)


def _without_comment(line: str) -> str:
    quote = ""
    for place, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and (place == 0 or line[place - 1] in " ,[{:"):
            quote = char
        elif char == "#" and (place == 0 or line[place - 1] in " \t"):
            return line[:place].rstrip()
    return line.rstrip()


def _names(text: str) -> tuple[str, ...]:
    text = text.strip()
    if text.startswith(("[", "{")):
        items = [item for item in _split(text.strip("[]{} \n")) if item.strip()]
    else:
        items = [line.strip().removeprefix("- ") for line in text.splitlines() if line.strip()]
    named: dict[int, str] = {}
    for position, item in enumerate(items):
        match = re.fullmatch(r"\s*[\"']?(\d{1,6})[\"']?\s*:\s*(.*)", item, re.DOTALL)
        number, name = (int(match[1]), match[2]) if match is not None else (position, item)
        named[number] = name.strip().strip("'\"")
    return tuple(named.get(number, "") for number in range(max(named) + 1)) if named else ()


def _split(text: str) -> Iterator[str]:
    """The parts between commas that are in no quotes."""
    part, quote = "", ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and not part.strip().strip(":").rstrip("0123456789"):
            quote = char
        if char == "," and not quote:
            yield part
            part = ""
        else:
            part += char
    yield part


def _is_label(line: str) -> bool:
    parts = line.replace(",", " ").split()
    return len(parts) >= 5 and all(re.fullmatch(r"[-+.\deE]+", part) for part in parts)
