"""What else a sample has beside its image, read where the samples are and only for the one that is looked at."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from inspector.errors import InspectorError
from inspector.formats.problems import BadFile
from inspector.formatting import sentence
from inspector.monitor.records import BatchKey, Thumbnail
from inspector.session.delivered_images import DeliveredImages
from inspector.session.field_text import field_texts
from inspector.session.job import Job, answered
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
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # one sample is read at a time
        self._job: Job[Fields] | None = None

    def of(self, batch: BatchKey, position: int) -> Future[Fields]:
        """The fields of one sample, each a name and a text; () where there are none, or the batch is forgotten.

        Who asks for another one wants this one no more.
        """
        image, index = self._delivered.image(batch, position), self._index()
        if image is None or image.thumbnail.fields or not isinstance(index, ContainerIndex):
            return answered(image.thumbnail.fields if image is not None else ())
        job = Job(partial(self._in_turn, index, image.thumbnail), "inspector-fields")
        self._follow(job)
        return job.result

    def close(self) -> None:
        """Read no more. Of a store that does not answer, nobody waits for the answer."""
        self._follow(None)

    def _follow(self, job: Job[Fields] | None) -> None:
        with self._lock:
            before, self._job = self._job, job
        if before is not None:
            before.cancel()

    def _in_turn(self, index: ContainerIndex, thumbnail: Thumbnail, job: Job[Fields]) -> Fields:
        with self._turn:
            return () if job.cancelled() else _read(index, thumbnail)


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
