"""The one place that knows colours, of the window and of reports; light and dark.

State colours are blue, teal, orange and vermilion, which stay apart with the common kinds of colour blindness; and
wherever one of them is used, a word or a shape says the same.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour of the window, as "#rrggbb". `name`: of the theme, and of its icons."""

    name: str
    window: str
    card: str
    field: str  # where text is typed, and the empty part of a tile
    border: str  # between areas: decoration
    edge: str  # of what can be used, where nothing else shows it: seen on any ground of the theme
    selection: str
    text: str
    dim: str
    accent: str
    accent_hover: str
    on_accent: str
    good: str
    warn: str
    bad: str
    red: str  # the channels of an image
    green: str
    blue: str

    def level(self, level: str) -> str:
        """The colour of a verdict's level: "good", "info", "warn" or "bad"."""
        return {"good": self.good, "warn": self.warn, "bad": self.bad}.get(level, self.accent)


DARK: Final = Colours(
    name="dark",
    window="#1b1d21", card="#25282d", field="#2e3238", border="#3a3f46", edge="#878f9b", selection="#244468",
    text="#e9ebee", dim="#a3a9b2",
    accent="#4ea1ff", accent_hover="#74b6ff", on_accent="#07182b",
    good="#3cc196", warn="#f2a93b", bad="#ff7a6b",
    red="#e0655a", green="#4fae62", blue="#5b93e6",
)  # fmt: skip
LIGHT: Final = Colours(
    name="light",
    window="#f3f4f6", card="#ffffff", field="#eff1f5", border="#d9dce2", edge="#7b8391", selection="#c9dffb",
    text="#1c1f24", dim="#5c6470",
    accent="#0a66cc", accent_hover="#0b57ad", on_accent="#ffffff",
    good="#0b7a5a", warn="#9a5b00", bad="#ab1a33",
    red="#cf4a3c", green="#2f8f46", blue="#2f6fd0",
)  # fmt: skip

# Over pictures, whatever the theme: those of Okabe and Ito, without their vermilion, which stands for what is faulty.
LABEL_COLOURS: Final = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#CC79A7", "#BBBBBB")
LABEL_FAULTY: Final = "#ff3b30"
LABEL_CASING: Final = "#000000"  # around each line: it is seen on any picture
LABEL_NO_CLASS: Final = "#F0E442"
