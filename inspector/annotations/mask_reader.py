"""Masks from their files, decoded by a process that a hostile file may end; another one is started then."""

import contextlib
import json
import select
import subprocess
import time
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from inspector.annotations.picture_labels import MASK_PX, UNLABELLED
from inspector.child_process import start_python

_PATIENCE_S = 20.0  # for one mask
_MOST_HEAD = 1 << 20
_MOST_FAULT = 200  # characters
_VOID = 255


@dataclass(frozen=True, slots=True, eq=False)
class RawMask:
    """`numbers`: (h, w) int16, positions in `values`, which are 0xRRGGBB where they are `colours`."""

    numbers: npt.NDArray[np.int16]
    values: tuple[int, ...]
    colours: bool


@dataclass(frozen=True, slots=True)
class MaskContent:
    """What a mask has. `fault`: why it cannot be read, a sentence without its subject; else "".

    Attributes:
        values: those of its pixels, or a number for each colour; of many, the first.
    """

    width: int = 0
    height: int = 0
    values: tuple[int, ...] = ()
    fault: str = ""


class MaskReader:
    """One mask at a time; for one thread."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, path: str, longest_px: int = MASK_PX) -> RawMask | None:
        """The mask in a file, with neither side above `longest_px`; None where there is none that can be read."""
        try:
            head, data = self._ask({"path": path, "px": longest_px})
            shape = int(head["height"]), int(head["width"])
            if not all(0 < side <= longest_px for side in shape):
                return None
            numbers = np.frombuffer(data, "<i2").astype(np.int16).reshape(shape)
            values = tuple(map(int, head["values"]))
            if numbers.min() < 0 or numbers.max() >= len(values):
                return None
            return RawMask(numbers, values, bool(head["colours"]))
        except (OSError, ValueError, KeyError, TypeError):  # it died, hung, or answered with what is none
            self.close()
            return None

    def content(self, path: str, most_values: int) -> MaskContent:
        """What the mask in a file has, all its pixels looked at."""
        try:
            head, _ = self._ask({"path": path, "values": most_values})
            values = tuple(int(each) for each in head["found"][:most_values])
            return MaskContent(int(head["of"][0]), int(head["of"][1]), values, str(head["fault"])[:_MOST_FAULT])
        except (OSError, ValueError, KeyError, TypeError, IndexError):  # it died, hung, or answered with what is none
            self.close()
            return MaskContent(fault="is no image that can be decoded: make the mask again.")

    def interrupt(self) -> None:
        """End the process in the middle of a mask; any thread."""
        if (child := self._child) is not None:
            child.kill()

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with child:
                pass

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if self._child is None:
            self._child = start_python(
                "-m", "inspector.annotations.mask_child", stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        until = time.monotonic() + _PATIENCE_S
        buffered = bytearray()
        while b"\n" not in buffered:
            buffered += _some(stdout, until)
            if len(buffered) > _MOST_HEAD and b"\n" not in buffered:
                raise ValueError("no head")
        line, _, rest = bytes(buffered).partition(b"\n")
        head = json.loads(line)
        expected = 2 * max(0, int(head["height"])) * max(0, int(head["width"]))
        if expected > 2 * MASK_PX * MASK_PX:
            raise ValueError("more than was asked for")
        data = bytearray(rest)
        while len(data) < expected:
            data += _some(stdout, until)
        return head, bytes(data)


def _some(stream: IO[bytes], until: float) -> bytes:
    ready, _, _ = select.select([stream], [], [], max(0.0, until - time.monotonic()))
    data = stream.read1(1 << 20) if ready else b""  # type: ignore[attr-defined]
    if not data:
        raise OSError("the process that decodes masks has ended, or takes too long")
    return bytes(data)


class MaskClasses:
    """Which class each value of a mask is: as the list of classes has it, or else its own number or colour.

    0 is the background, and the first class is 1, unless the list begins with the background. 255 is of no class.
    """

    def __init__(self, names: tuple[str, ...], backgrounds: tuple[str, ...]) -> None:
        self._listed = names
        self._first = 0 if not names or names[0].lower() in backgrounds else 1
        self._own: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes; those of values that are not listed as they came."""
        return (*self._listed, *self._own)

    def classes(self, mask: RawMask) -> npt.NDArray[np.int16]:
        """(h, w) the class of each pixel; -1: it has none."""
        table = np.array([self._class(value, mask.colours) for value in mask.values] or [UNLABELLED], np.int16)
        return table[mask.numbers]

    def _class(self, value: int, is_colour: bool) -> int:
        if value == 0 or (value == _VOID and not is_colour) or value == 0xFFFFFF:
            return UNLABELLED
        place = value - self._first
        if not is_colour and 0 <= place < len(self._listed):
            return place
        name = f"#{value:06x}" if is_colour else str(value)
        return len(self._listed) + self._own.setdefault(name, len(self._own))
