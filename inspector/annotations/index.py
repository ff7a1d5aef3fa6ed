"""`AnnotationIndex`: the annotations of all images of an index, packed: arrays, and where each image's begin."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inspector.annotations.image_names import ImageNames
from inspector.annotations.records import AnnotationFault, ImageAnnotations, ShapeFlag
from inspector.formatting import plural


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """All shapes, those of the first image first. See `ImageAnnotations`, whose arrays are parts of these.

    Attributes:
        starts: (images + 1,) int64: image i has the shapes from starts[i] to starts[i + 1].
        sizes: (images, 2) int32, width and height of each image as its annotations say; (0, 0): they do not.
        texts: of those shapes that have one, by the shape's number.
    """

    starts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int32]
    points: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.int64]
    texts: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def nbytes(self) -> int:
        """Memory that they take, in bytes."""
        names = ("starts", "sizes", "points", "offsets", "kinds", "classes", "scores", "flags", "ids")
        arrays = sum(int(getattr(self, name).nbytes) for name in names)
        return arrays + sum(60 + len(text) for text in self.texts.values())


class AnnotationIndex:
    """What `open_annotations` has found.

    Attributes:
        format_name: such as "COCO".
        source: the file or the folder that it comes from, as a person is to find it.
        class_names: a shape's class is a position in these.
        faults: what was found while it was read, those that need the image's size left out; see `checks`.
        shapes: all of them.
        described: (images,) bool: the image is annotated, perhaps with no shape.
        normalized: coordinates are shares of the image's width and height.
    """

    def __init__(
        self,
        format_name: str,
        source: str,
        class_names: Sequence[str],
        names: ImageNames,
        shapes: Shapes,
        described: npt.NDArray[np.bool_],
        faults: Sequence[AnnotationFault] = (),
        sources: Sequence[str | None] | None = None,
        masks: dict[int, str] | None = None,
        normalized: bool = False,
    ) -> None:
        """`sources`: the file of each image's annotations, where there is more than one; None: it has none."""
        self.format_name, self.source, self.class_names = format_name, source, tuple(class_names)
        self.names, self.shapes, self.described, self.faults = names, shapes, described, tuple(faults)
        self.masks = masks or {}
        self.normalized = normalized
        self._sources = sources

    def __len__(self) -> int:
        """How many images the index has that these are the annotations of."""
        return len(self.described)

    @property
    def annotations(self) -> int:
        """How many there are: the parts of one shape are one."""
        return int(np.count_nonzero((self.shapes.flags & ShapeFlag.PART) == 0))

    @property
    def summary(self) -> str:
        """What was found, for a person: "COCO: annotations/instances.json, 80 classes, 12,345 shapes on 2 images"."""
        about = [self.source]
        if self.class_names:
            about.append(plural(len(self.class_names), "class", "classes"))
        if self.masks:
            about.append(plural(len(self.masks), "mask"))
        else:
            images = plural(int(np.count_nonzero(np.diff(self.shapes.starts))), "image")
            about.append(f"{plural(self.annotations, 'shape')} on {images}")
        return f"{self.format_name}: {', '.join(about)}"

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in bytes."""
        return self.shapes.nbytes + self.described.nbytes + self.names.nbytes

    def of(self, image: int | str) -> ImageAnnotations | None:
        """The annotations of an image; None where it has none.

        Args:
            image: its number in the index, or its path or location, as the index gives it.
        """
        number = self.names.number(image) if isinstance(image, str) else image
        if number is None or not 0 <= number < len(self) or not self.described[number]:
            return None
        all_shapes = self.shapes
        first, last = all_shapes.starts[number : number + 2].tolist()
        begin, end = int(all_shapes.offsets[first]), int(all_shapes.offsets[last])
        width, height = (1, 1) if self.normalized else all_shapes.sizes[number].tolist()
        found = {i - first: all_shapes.texts[i] for i in range(first, last) if i in all_shapes.texts}
        return ImageAnnotations(
            width,
            height,
            all_shapes.points[begin:end],
            all_shapes.offsets[first : last + 1] - begin,
            all_shapes.kinds[first:last],
            all_shapes.classes[first:last],
            all_shapes.scores[first:last],
            all_shapes.flags[first:last],
            all_shapes.ids[first:last],
            tuple(found.get(i, "") for i in range(last - first)) if found else (),
            self.masks.get(number),
            self.source_of(number),
        )

    def source_of(self, image: int) -> str:
        """The file with an image's annotations."""
        return (self._sources[image] if self._sources is not None else None) or self.source
