"""Fields of samples as short texts."""

import numpy as np
import pytest

from inspector.session.field_text import MOST_TEXT, field_text


class Odd:
    def __repr__(self) -> str:
        raise AssertionError("it is not asked")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "True"),
        (None, "None"),
        (0.1 + 0.2, "0.3"),
        (np.float32(2.5), "2.5"),
        ("a\x1b[31m\nb", "a\\x1b[31m b"),
        (b"1234", "4 bytes"),
        (np.arange(4), "[0, 1, 2, 3] int64 4"),
        (np.zeros((2, 3, 4), np.float32), "float32 2×3×4, 0 to 0"),
        (np.zeros((0, 4), np.int64), "int64 0×4"),
        ({"boxes": [[1, 2], [3, 4]], "id": 7}, "{boxes: [[1, 2], [3, 4]], id: 7}"),
        ([*range(20)], "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        (Odd(), "Odd"),
        (10**1000, "a large number"),
    ],
)
def test_text(value: object, text: str) -> None:
    assert " ".join(field_text(value).split()) == text


def test_it_is_short() -> None:
    assert len(field_text("word " * 10_000)) == MOST_TEXT
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    assert field_text(deep) == "[[[list]]]"
