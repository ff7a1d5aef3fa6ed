"""Sources that are refused once something is known of them: the sentences say what there is."""

from collections.abc import Iterable, Sequence

from inspector.errors import SourceError
from inspector.file_types import is_container
from inspector.path_advice import about_no_images
from inspector.sources.containers.blob import open_blob
from inspector.sources.containers.columns import missing
from inspector.sources.containers.formats import format_named
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.containers.reader import IndexedContainer


def refuse_choice(containers: Sequence[IndexedContainer], wanted: str) -> None:
    """Say what there is in place of a chosen member, "": of an image; nothing, where members have no names.

    Raises:
        SourceError: where there is something to say.
    """
    for each in containers:
        kinds = getattr(format_named(each.format), "kinds", None)
        if kinds is not None:
            blob = open_blob(each.location)
            try:
                found = kinds(blob)
            finally:
                blob.close()
            inner = sorted(kind for kind in found if is_container(f"x.{kind}"))
            if inner and not wanted:
                what = " and ".join(inner[:3])
                raise SourceError(
                    f"{each.shown} has no images, but {what} files with samples of their own: unpack "
                    "it once, and give the folder"
                )
            if found:
                raise missing(each.shown, "member", wanted, found)


def refuse_containers(name: str, items: Iterable[str]) -> None:
    """Of a list that begins with an image: those in it.

    Raises:
        SourceError: where there is one.
    """
    for item in items:
        if is_container(item):
            raise SourceError(
                f"{name}: {item} is a container, and what comes before it are images: give files of one kind"
            )


def no_samples(source: str, index: object) -> str:
    """What to say of a source in which there is none, as a sentence without its end."""
    if isinstance(index, ContainerIndex):
        return f"there are no samples in {source}: give one that has some"
    return about_no_images(source)
