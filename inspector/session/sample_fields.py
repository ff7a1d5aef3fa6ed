"""What else a sample has beside its image, read where the samples are and only for the one that is looked at."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from inspector.errors import InspectorError
from inspector.formats.problems import BadFile
from inspector.formatting import sentence
from inspector.monitor.records import BatchKey, Thumbnail
from inspector.session.delivered_images import DeliveredImages
from inspector.session.field_text import field_texts
from inspector.session.protocol import Fields
from inspector.sources.containers.index import ContainerIndex

_NOT_READ = "not read"


class SampleFields:
    """A user's data set has given them with the batch; a container is read from, in a thread. Any thread.

    Args:
        delivered: the images that are looked at.
        index: returns the samples that are open.
    """

    def __init__(self, delivered: DeliveredImages, index: Callable[[], object]) -> None:
        self._delivered = delivered
        self._index = index
        self._reader = ThreadPoolExecutor(1, "inspector-fields")

    def of(self, batch: BatchKey, position: int) -> Future[Fields]:
        """The fields of one sample, each a name and a text; () where there are none, or the batch is forgotten."""
        image, index = self._delivered.image(batch, position), self._index()
        if image is not None and not image.thumbnail.fields and isinstance(index, ContainerIndex):
            return self._reader.submit(_read, index, image.thumbnail)
        done: Future[Fields] = Future()
        done.set_result(image.thumbnail.fields if image is not None else ())
        return done

    def close(self) -> None:
        """Read no more; what is being read is waited for."""
        self._reader.shutdown(wait=True, cancel_futures=True)


def _read(index: ContainerIndex, thumbnail: Thumbnail) -> Fields:
    number = thumbnail.index
    try:
        if not 0 <= number < len(index) or index.path(number) != thumbnail.path:
            return ()  # it came from what was open before
        return field_texts(index.fields(number))
    except BadFile as bad:
        return ((_NOT_READ, bad.reason),)
    except InspectorError as error:
        return ((_NOT_READ, sentence(str(error))),)
