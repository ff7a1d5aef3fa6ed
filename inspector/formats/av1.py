"""The size of a picture as AV1's own sequence header has it."""

_SEQUENCE_HEADER = 1
_MOST_UNITS = 100  # before it, where one is common
_HEADER_BYTES = 1024  # far more than a sequence header takes


class _Bits:
    def __init__(self, data: bytes | memoryview) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    def take(self, count: int) -> int:
        """Raises IndexError behind the end."""
        self._left -= count
        if self._left < 0:
            raise IndexError("cut off")
        return self._value >> self._left & (1 << count) - 1


def frame_size(data: bytes | memoryview) -> tuple[int, int] | None:
    """(height, width) of the largest frame in pixels; None where there is no sequence header."""
    at = 0
    try:
        for _ in range(_MOST_UNITS):
            kind, extended, sized = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
            at += 2 if extended else 1
            if not sized and kind != _SEQUENCE_HEADER:  # it goes to the end
                return None
            length = shift = 0
            more = sized
            while more:
                byte = data[at]
                length |= (byte & 127) << shift
                at, shift, more = at + 1, shift + 7, byte & 128 if shift < 56 else 0
            if kind == _SEQUENCE_HEADER:
                return _size(_Bits(data[at : at + _HEADER_BYTES]))
            at += length
    except IndexError:
        pass
    return None


def _size(bits: _Bits) -> tuple[int, int]:
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        buffer_delay = _timing(bits) if bits.take(1) else 0
        display_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):  # operating points
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if buffer_delay and bits.take(1):
                bits.take(2 * buffer_delay + 1)
            if display_delay and bits.take(1):
                bits.take(4)
    across, down = bits.take(4) + 1, bits.take(4) + 1
    width = bits.take(across) + 1
    return bits.take(down) + 1, width


def _timing(bits: _Bits) -> int:
    """How many bits a delay of the decoder's buffer takes; 0: there are none."""
    bits.take(64)
    if bits.take(1):  # all pictures last equally long
        zeros = 0
        while not bits.take(1):
            zeros += 1
        bits.take(zeros if zeros < 32 else 0)
    if not bits.take(1):
        return 0
    buffer_delay = bits.take(5) + 1
    bits.take(42)
    return buffer_delay
