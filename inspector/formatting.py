"""How numbers, sizes and file names are written, in the window and in a terminal. What is not known is "–", never 0."""

import math
import os

UNKNOWN = "–"
TIMES = "×"


def whole(value: int | None) -> str:
    """1234 -> "1,234"."""
    return UNKNOWN if value is None else f"{value:,}"


def rate(value: float | None) -> str:
    """Three significant digits at least: 0.482 -> "0.48", 51.31 -> "51.3", 1642.4 -> "1,642"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 or value == 0 else f"{value:.2f}"


def percent(share: float | None) -> str:
    """A share of 0 to 1: 0.384 -> "38 %"."""
    return with_unit(percent_figure(share), "%")


def percent_figure(share: float | None) -> str:
    """The same without the unit: 0.384 -> "38". Never rounded to a bare 0 or 100 that it is not."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if 0 < share < 0.005:
        return "<1"
    if 0.995 <= share < 1:
        return ">99"
    return f"{share * 100:.0f}"


def with_unit(figure: str, unit: str) -> str:
    """A figure and its unit; the unit is left out where the figure is not known."""
    return figure if figure == UNKNOWN else f"{figure} {unit}"


def outside(count: int, files: int) -> str:
    """How many of the files links led to: "12 of 300 files lie outside the folder, behind links"."""
    return f"{count:,} of {plural(files, 'file')} {'lies' if count == 1 else 'lie'} outside the folder, behind links"


def milliseconds(value: float | None) -> str:
    """0.123 -> "0.12", 1.23 -> "1.2", 12.3 -> "12"; without the unit."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def duration(seconds: float | None) -> str:
    """0.4 -> "<1 s", 14.2 -> "14 s", 200 -> "3 min 20 s", 3900 -> "1 h 05 min"."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 1:
        return "<1 s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def byte_size(count: int | None) -> str:
    """Decimal units, as file managers use them: 43210 -> "43 KB", 1_310_000 -> "1.3 MB"."""
    if count is None:
        return UNKNOWN
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("KB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 9.95 and unit != "KB" else f"{value:.0f} {unit}"
    return f"{value / 1000:,.1f} TB"


def plural(count: int, noun: str, many: str = "") -> str:
    """1 -> "1 file", 1200 -> "1,200 files"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def readable(name: str) -> str:
    r"""A name that can be shown anywhere: undecodable bytes and control characters become escapes, as in "\xff\n"."""
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else _escape(char) for char in name)


def readable_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(readable(line.replace("\t", "    ")) for line in text.splitlines())


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # a byte that os.fsdecode could not decode
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def relative(path: str, folder: str) -> str:
    """The path inside `folder`, readable; whole where it lies elsewhere. Never looks at the disk.

    Of a sample in a container, with the container's path inside `folder`; where that is the container, only its name.
    """
    if not folder:
        return readable(path)
    inside = folder.rstrip(os.sep) + os.sep
    sample, between, container = path.rpartition("::")
    if between and "://" in sample:
        if container == folder:
            return readable(sample.partition("://")[2])
        if not container.startswith(inside):  # a pattern, or a range: those that it stands for lie side by side
            inside = folder[: folder.rfind("/") + 1]
        return readable(f"{sample}::{container.removeprefix(inside)}")
    return readable(path.removeprefix(inside))


def file_name(path: str) -> str:
    """The last part of a path, readable; of a sample in a container, "tar://n01/1.jpg::a.tar", that of its name."""
    scheme, between, container = path.partition("::")
    if between and container and "://" in scheme:
        path = path.rpartition("::")[0].partition("://")[2]
    return readable(os.path.basename(path))


def container(path: str) -> str:
    """Where a sample lies, readable: of "tar://n01/1.jpg::a.tar" the container, of a file its folder."""
    sample, between, container = path.rpartition("::")
    return readable(container if between and "://" in sample else path.removesuffix(os.path.basename(path)))


def place(source: str) -> str:
    """A folder's name and its parent's: "/data/imagenet-mini/train" -> "imagenet-mini / train"."""
    parts = [part for part in source.replace("\\", "/").split("/") if part]
    return readable(" / ".join(parts[-2:]) if parts else source)


def image_size(size: tuple[int, int] | None) -> str:
    """(height, width) in pixels as "224 × 160"; None, which is not resized, as "native"."""
    return "native" if size is None else f"{size[0]} {TIMES} {size[1]}"


def image_size_in_words(size: tuple[int, int] | None) -> str:
    """The same where nothing around it says that it is a size: "224 × 160", "native size"."""
    return "native size" if size is None else image_size(size)


def parse_image_size(text: str) -> tuple[int, int] | None:
    """ "native" -> None; "224", "224x224" or "224 × 160" -> (height, width).

    Raises:
        ValueError: with a sentence for the user, when it is neither.
    """
    plain = text.strip().lower()
    if plain == "native":
        return None
    sides = plain.replace(TIMES, "x").replace("*", "x").split("x")
    if len(sides) in (1, 2) and all(side.strip().isascii() and side.strip().isdigit() for side in sides):
        return int(sides[0]), int(sides[-1])
    raise ValueError(f"Size “{readable(text)}” is not a size: write height × width, such as 224x160, or native.")


def sentence(message: str) -> str:
    """An error's message as a sentence of its own; "" stays "". A URL at its beginning stays as it is."""
    if not message:
        return ""
    first = message[:1] if "://" in message.partition(" ")[0] else message[:1].upper()
    return first + message[1:].rstrip(".") + ("" if message.endswith("?") else ".")
