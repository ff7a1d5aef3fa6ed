"""The size of a picture as AV1's own sequence header has it."""

_SEQUENCE_HEADER = 1


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        """Raises IndexError behind the end."""
        self._left -= count
        if self._left < 0:
            raise IndexError("cut off")
        return self._value >> self._left & (1 << count) - 1


def frame_size(data: bytes) -> tuple[int, int] | None:
    """(height, width) of the largest frame in pixels; None where the data do not begin with a plain sequence header."""
    at = 0
    try:
        while True:
            kind, extended, sized = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
            at += 2 if extended else 1
            length = shift = 0
            while sized:
                byte = data[at]
                length |= (byte & 127) << shift
                at, shift, sized = at + 1, shift + 7, byte & 128
            if kind == _SEQUENCE_HEADER:
                return _size(_Bits(data[at : at + 64]))
            if not length and kind != 2:  # a delimiter has no content
                return None
            at += length
    except IndexError:
        return None


def _size(bits: _Bits) -> tuple[int, int] | None:
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        if bits.take(2):  # timing, display delay
            return None
        for _ in range(bits.take(5) + 1):  # operating points
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    width = bits.take(across) + 1
    return bits.take(down) + 1, width
