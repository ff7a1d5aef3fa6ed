"""Which checks there are, what each is called, and which of them a scan makes; `checks` and `whole_set` make them."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from inspector.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DUPLICATE = "duplicate"
NEAR_DUPLICATE, LEAK, CONFLICT = "near-duplicate", "leak", "conflict"
ALIKE = (NEAR_DUPLICATE, LEAK, CONFLICT)  # compare images with images


@dataclass(frozen=True, slots=True)
class Check:
    """What a check is called, and what it finds, for a person.

    Attributes:
        of_set: it needs the whole set, so what it finds comes at the end of the scan.
        measured: it needs measures of each image.
    """

    title: str
    description: str
    of_set: bool = False
    measured: bool = False


CHECKS = {
    "extension": Check("Wrong extension", "the name's extension does not match the content"),
    DUPLICATE: Check("Duplicate", "another file has exactly the same bytes, whatever its name"),
    NEAR_DUPLICATE: Check("Near duplicate", "it looks nearly the same as another image", of_set=True, measured=True),
    LEAK: Check("Leak", "it is in two splits, exactly or nearly the same", of_set=True, measured=True),
    CONFLICT: Check("Conflict", "it is of two classes, exactly or nearly the same", of_set=True, measured=True),
    "blurry": Check("Blurry", "it has no sharp edges, even when made small", measured=True),
    "dark": Check("Dark", "hardly a pixel is bright", measured=True),
    "bright": Check("Bright", "hardly a pixel is not white", measured=True),
    "low-information": Check(
        "Low information", "nearly all of its pixels have the same few grey levels", measured=True
    ),
    "grey": Check("Grey", "it is grey, while most images are coloured", of_set=True, measured=True),
    "odd-size": Check("Odd size", "it is much larger or smaller than most images", of_set=True, measured=True),
    "odd-colours": Check("Odd colours", "its mean colour is far from that of most", of_set=True, measured=True),
    "no-class": Check("No class", "it lies beside the class folders", of_set=True),
    "class-balance": Check("Class balance", "the largest class has many times the images of the smallest", of_set=True),
    "rare-class": Check("Rare class", "a class has very few images", of_set=True),
    "class-names": Check("Class names", "two classes differ only in case or Unicode form", of_set=True),
    "class-sets": Check("Class sets", "a class is missing in a split", of_set=True),
    "small": Check("Very small", "a side is shorter than the minimum"),
    "aspect": Check("Extreme shape", "one side is many times the other"),
    "one-colour": Check("One colour", "every pixel has the same colour"),
    "rotated": Check("EXIF-rotated", "it is stored turned or mirrored, and EXIF says so"),
    "cmyk": Check("CMYK", "it is stored in the colours of print"),
    "16-bit": Check("More than 8 bits", "it has more than 8 bits a channel, such as 16"),
    "alpha": Check("Alpha", "it has an alpha channel or transparent colours"),
    "metadata": Check("Faulty metadata", "decoders warn of what no pixel depends on"),
}

# Of annotations; `annotations.records.FAULT_NAMES` are these.
CHECKS |= {
    "box-outside": Check("Box outside", "an annotation lies wholly outside its image", of_set=True),
    "box-partly-outside": Check("Box partly outside", "an annotation reaches beyond its image", of_set=True),
    "box-empty": Check("Empty box", "an annotation has no area, or a negative size", of_set=True),
    "unknown-class": Check("Unknown class", "an annotation has no class, or one that is not listed", of_set=True),
    "duplicate-shape": Check("Duplicate shape", "an image has the same annotation twice", of_set=True),
    "self-crossing": Check("Self-crossing", "an edge of a polygon crosses another", of_set=True),
    "too-few-points": Check("Too few points", "a polygon has fewer than three points", of_set=True),
    "wrong-direction": Check("Wrong direction", "the corners of a text go counter-clockwise", of_set=True),
    "not-a-number": Check("Not a number", "a coordinate is not a number, or infinite", of_set=True),
    "turned-size": Check("Turned size", "annotations give another size, such as width for height", of_set=True),
    "no-annotation": Check("No annotation", "an image has none, while others beside it do", of_set=True),
    "image-missing": Check("Image missing", "annotations are of an image that is not there", of_set=True),
    "image-listed-twice": Check("Image listed twice", "annotations list an image twice", of_set=True),
    "bad-line": Check("Bad line", "a line or record of annotations cannot be read as it is", of_set=True),
    "mask-size": Check("Mask size", "a mask has another size than its image", of_set=True),
    "mask-values": Check("Mask values", "a mask has values that are no class", of_set=True),
    "wrong-units": Check("Wrong units", "coordinates are shares where pixels should be, or pixels", of_set=True),
}


@dataclass(frozen=True, slots=True)
class CheckLimit:
    """The limit of one or more checks: a field of `CheckSettings` and of the window, `--its-name` on the command line.

    Attributes:
        checks: that it belongs to.
        default: where it is not set; a whole number where only such make sense.
        lowest, highest: that can be set.
        label: before its field in the window. unit: behind it.
        help: for the command line, and the field's tip.
        metavar: for the command line.
    """

    checks: tuple[str, ...]
    default: float
    lowest: float
    highest: float
    label: str
    unit: str
    help: str
    metavar: str = "NUMBER"

    @property
    def whole(self) -> bool:
        """Only whole numbers make sense."""
        return isinstance(self.default, int)


LIMITS = {
    "min_side": CheckLimit(
        *(("small",), 32, 1, 100_000, "Very small: a side under", "pixels"),
        *("an image with a shorter side is small", "PIXELS"),
    ),
    "max_aspect": CheckLimit(
        *(("aspect",), 5.0, 1, 1000, "Extreme shape: one side over", "times the other"),
        *("of the longer side to the shorter one", "RATIO"),
    ),
    "max_distance": CheckLimit(
        *(ALIKE, 4, 0, 16, "Near duplicate: at most", "of 64 bits differ"),
        *("bits of 64 that may differ between the hashes of images that look nearly the same", "BITS"),
    ),
    "min_sharpness": CheckLimit(
        *(("blurry",), 1.25, 0, 10, "Blurry: edges under", "times the contrast"),
        *("an image whose edges, at 64 pixels, are weaker than its contrast times this is blurry", "TIMES"),
    ),
    "min_highlights": CheckLimit(
        *(("dark",), 32.0, 0, 100, "Dark: highlights under", "% of white"),
        *("an image in which 99 % of the pixels are darker is dark", "PERCENT"),
    ),
    "max_shadows": CheckLimit(
        *(("bright",), 95.0, 0, 100, "Bright: shadows over", "% of white"),
        *("an image in which 95 % of the pixels are brighter is bright", "PERCENT"),
    ),
    "min_entropy": CheckLimit(
        *(("low-information",), 1.5, 0, 8, "Low information: under", "bits of entropy"),
        *("an image whose grey levels have a lower entropy has low information", "BITS"),
    ),
    "max_grey": CheckLimit(
        *(("grey",), 3.0, 0, 255, "Grey: channels at most", "levels apart"),
        *("an image whose channels differ by no more is grey", "LEVELS"),
    ),
    "size_range": CheckLimit(
        *(("odd-size",), 3.0, 0, 100, "Odd size: beyond the quartiles by", "times their distance"),
        *("how far beyond the quartiles of all sizes, in their distance, a size is odd", "TIMES"),
    ),
    "colour_range": CheckLimit(
        *(("odd-colours",), 4.0, 0, 100, "Odd colours: beyond the quartiles by", "times their distance"),
        *("how far beyond the quartiles of all mean colours, in their distance, one is odd", "TIMES"),
    ),
    "max_imbalance": CheckLimit(
        *(("class-balance",), 10.0, 1, 1_000_000, "Class balance: largest class over", "times the smallest"),
        *("of the images of the largest class to those of the smallest", "RATIO"),
    ),
    "min_class_images": CheckLimit(
        *(("rare-class",), 5, 0, 1_000_000, "Rare class: under", "images"),
        *("a class with fewer images in training is rare", "IMAGES"),
    ),
}


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Which checks are made, and where their limits are.

    Attributes:
        names: of the checks, in the table's order.
        min_side: an image with a side of fewer pixels is `small`.
        max_aspect: an image whose longer side is more than so many times the shorter is `aspect`.
        max_distance: images whose hashes differ in no more bits look nearly the same.
        min_sharpness, min_highlights, max_shadows, min_entropy, max_grey: limits of the `Measures`.
        size_range, colour_range: how far from the quartiles an outlier is, in distances between these.
        max_imbalance: between the images of the largest class and the smallest one.
        min_class_images: a class with fewer images in training is rare.
        splits: names of the folders that are splits, the training one first; (): those called train, val and the like.
        scores: every image is measured, also where no check needs it.
        mirrored: an image is nearly the same as its mirror image.

    Raises:
        SettingsError: for an unknown check, or a limit that cannot work.
    """

    names: tuple[str, ...]
    min_side: int = 32
    max_aspect: float = 5.0
    max_distance: int = 4
    min_sharpness: float = 1.25
    min_highlights: float = 32.0
    max_shadows: float = 95.0
    min_entropy: float = 1.5
    max_grey: float = 3.0
    size_range: float = 3.0
    colour_range: float = 4.0
    max_imbalance: float = 10.0
    min_class_images: int = 5
    splits: tuple[str, ...] = ()
    scores: bool = False
    mirrored: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in CHECKS]
        if unknown:
            raise SettingsError(f"there is no check called {unknown[0]}; there are {', '.join(CHECKS)}")
        if repeated := [name for name in self.splits if self.splits.count(name) > 1]:
            raise SettingsError(f"splits must be different folders, and {repeated[0]} is there twice")
        for name, limit in LIMITS.items():
            value = getattr(self, name)
            if not limit.lowest <= value <= limit.highest:
                unit = f" {limit.unit}" if limit.unit == "pixels" else ""
                raise SettingsError(f"{name} must be {limit.lowest} to {limit.highest:,}{unit}, not {value}")

    @classmethod
    def without(cls, turned_off: Collection[str] = (), **limits: Any) -> "CheckSettings":
        """All checks but some.

        Raises:
            SettingsError: as above.
        """
        cls(tuple(turned_off))
        return cls(tuple(name for name in CHECKS if name not in turned_off), **limits)

    def with_limits(self, limits: "Mapping[str, float]") -> "CheckSettings":
        """The same with other limits; those of whole numbers are rounded.

        Raises:
            SettingsError: as above.
        """
        whole = {name: round(value) if LIMITS[name].whole else value for name, value in limits.items()}
        return replace(self, **whole)  # type: ignore[arg-type]

    @property
    def need_digests(self) -> bool:
        """A check compares the content of files."""
        return any(name in self.names for name in (DUPLICATE, *ALIKE))

    @property
    def need_measures(self) -> bool:
        """A check needs what `measures` measures."""
        return self.scores or any(CHECKS[name].measured for name in self.names)

    @property
    def limits(self) -> "Mapping[str, float]":
        """Each limit by its name."""
        return {name: getattr(self, name) for name in LIMITS}


assert {"names", "splits", "scores", "mirrored", *LIMITS} == {field.name for field in fields(CheckSettings)}
