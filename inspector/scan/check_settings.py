"""Which checks there are, what each is called, and which of them a scan makes; `checks` makes them."""

from collections.abc import Collection
from dataclasses import dataclass

from inspector.errors import SettingsError

DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check is called, and what it finds, for a person."""

    title: str
    description: str


CHECKS = {
    "extension": Check("Wrong extension", "the name's extension does not match the content"),
    DUPLICATE: Check("Duplicate", "another file has exactly the same bytes, whatever its name"),
    "small": Check("Very small", "a side is shorter than the minimum"),
    "aspect": Check("Extreme shape", "one side is many times the other"),
    "one-colour": Check("One colour", "every pixel has the same colour"),
    "rotated": Check("EXIF-rotated", "it is stored turned or mirrored, and EXIF says so"),
    "cmyk": Check("CMYK", "it is stored in the colours of print"),
    "16-bit": Check("More than 8 bits", "it has more than 8 bits a channel, such as 16"),
    "alpha": Check("Alpha", "it has an alpha channel or transparent colours"),
    "metadata": Check("Faulty metadata", "decoders warn of what no pixel depends on"),
}


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Which checks are made, and where their limits are.

    Attributes:
        names: of the checks, in the table's order.
        min_side: an image with a side of fewer pixels is `small`.
        max_aspect: an image whose longer side is more than so many times the shorter is `aspect`.

    Raises:
        SettingsError: for an unknown check, or a limit that cannot work.
    """

    names: tuple[str, ...]
    min_side: int = 32
    max_aspect: float = 5.0

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in CHECKS]
        if unknown:
            raise SettingsError(f"there is no check called {unknown[0]}; there are {', '.join(CHECKS)}")
        if self.min_side < 1:
            raise SettingsError(f"min_side must be 1 or more pixels, not {self.min_side}")
        if not self.max_aspect >= 1:
            raise SettingsError(f"max_aspect must be 1 or more, not {self.max_aspect}")

    @classmethod
    def without(cls, turned_off: Collection[str] = (), **limits: float) -> "CheckSettings":
        """All checks but some.

        Raises:
            SettingsError: as above.
        """
        cls(tuple(turned_off))
        return cls(tuple(name for name in CHECKS if name not in turned_off), **limits)  # type: ignore[arg-type]
