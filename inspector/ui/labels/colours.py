"""A colour for each class. From the eighth on they come again, lighter; names are in the legend and below the mouse."""

from functools import lru_cache
from typing import Final

from PySide6.QtGui import QColor

from inspector.colours import LABEL_COLOURS, LABEL_NO_CLASS

_LIGHTER: Final = (100, 135, 75)  # percent, of each round


@lru_cache(maxsize=4096)
def class_colour(number: int) -> QColor:
    """Of the class at this position; -1: of no class."""
    if number < 0:
        return QColor(LABEL_NO_CLASS)
    again, place = divmod(number, len(LABEL_COLOURS))
    return QColor(LABEL_COLOURS[place]).lighter(_LIGHTER[again % len(_LIGHTER)])
