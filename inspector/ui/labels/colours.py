"""A colour for each class: those of Okabe and Ito, which stay apart with the common kinds of colour blindness.

Their vermilion is left out, for it stands for what is faulty. From the eighth class on they come again, lighter; the
names are in the legend and below the mouse.
"""

from functools import lru_cache
from typing import Final

from PySide6.QtGui import QColor

_COLOURS: Final = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#CC79A7", "#BBBBBB")
_LIGHTER: Final = (100, 135, 75)  # percent, of each round
FAULTY: Final = "#ff3b30"
CASING: Final = "#000000"  # around each line: it is seen on any picture
NO_CLASS: Final = "#F0E442"


@lru_cache(maxsize=4096)
def class_colour(number: int) -> QColor:
    """Of the class at this position; -1: of no class."""
    if number < 0:
        return QColor(NO_CLASS)
    again, place = divmod(number, len(_COLOURS))
    return QColor(_COLOURS[place]).lighter(_LIGHTER[again % len(_LIGHTER)])
