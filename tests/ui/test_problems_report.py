"""What the details of a skipped file are made of."""

from inspector.ui.problems.hex_dump import hex_dump


def test_a_dump_shows_offsets_bytes_and_text() -> None:
    assert hex_dump(b"\xff\xd8JFIF", 0xA202, columns=4) == ("a202  ff d8 4a 46  ··JF", "a206  49 46        IF")
    assert hex_dump(b"", 0) == ()
