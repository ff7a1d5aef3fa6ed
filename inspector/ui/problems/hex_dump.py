"""Bytes as rows of text."""


def hex_dump(data: bytes, start: int, columns: int = 16) -> tuple[str, ...]:
    """Rows of `columns` bytes: offset, hexadecimal, and the printable characters; `start`: offset of the first byte."""
    rows = []
    digits = max(4, len(f"{start + len(data):x}"))
    for at in range(0, len(data), columns):
        row = data[at : at + columns]
        text = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        rows.append(f"{start + at:0{digits}x}  {row.hex(' '):<{3 * columns - 1}}  {text}")
    return tuple(rows)
