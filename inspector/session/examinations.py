"""Everything of a session that looks at single samples: whole images, second looks, proofs, examinations of files."""

from collections.abc import Callable
from concurrent.futures import Future

from inspector.monitor.records import BatchKey, DeliveredImage
from inspector.session.delivered_images import DeliveredImages
from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.examiner.second_look import look_again
from inspector.session.job import answered
from inspector.session.proofs import Prover
from inspector.session.protocol import Proofs

_PROVER_IDLE_S = 60.0  # while batches stream, large images are proved at such intervals


class SampleExaminations:
    """Two examiners: what nobody waits for must not hold up what somebody does. All methods but `close` return at once.

    Args:
        delivered: the images that are looked at.
        content_of: the content of samples that are no files, by their locations; None: it is a file.
    """

    def __init__(
        self, delivered: DeliveredImages, content_of: Callable[[str], bytes | None] = lambda location: None
    ) -> None:
        self._delivered = delivered
        self._examiner = Examiner("inspector-examiner", content_of=content_of)
        self._background = Examiner("inspector-background-examiner", idle_s=_PROVER_IDLE_S, content_of=content_of)
        self._prover = Prover(delivered.images, self._background)

    @property
    def proof_serial(self) -> int:
        """Rises whenever more is known of a batch's colours."""
        return self._prover.serial

    def set_streaming(self, streaming: bool) -> None:
        """Batches stream, so that proofs may take little time."""
        self._prover.set_streaming(streaming)

    def proofs(self, batch: BatchKey) -> Proofs:
        """What is known so far of a batch's colours, by position; the rest is proved from now on."""
        return self._prover.proofs(batch)

    def pixels(self, batch: BatchKey, position: int) -> Future[DeliveredImage | None]:
        """One image, whole; None where its batch is forgotten."""
        return answered(self._delivered.image(batch, position))

    def second_look(self, batch: BatchKey, position: int) -> Future[SecondLook | None]:
        """Decode its file again, and compare; None where its batch is forgotten."""
        image = self._delivered.image(batch, position)
        if image is not None:
            return look_again(image, self._examiner)  # type: ignore[return-value]  # only ever read
        return answered(None)

    def examine(self, location: str, *, pictures: bool = True) -> Future[FileExamination]:
        """Look closely at one file; without pictures, after those with them."""
        return (self._examiner if pictures else self._background).examine(location, pictures=pictures)

    def close(self) -> None:
        """End both children, also in the middle of a file, and all threads."""
        self._examiner.close()
        self._background.close()
        self._prover.close()
