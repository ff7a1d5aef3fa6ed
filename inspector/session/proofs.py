"""The thread that proves the colours of the batch that is looked at, and only of that one."""

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from inspector.monitor.colour_proof import Proof, cannot_tell
from inspector.monitor.records import BatchKey, DeliveredImage
from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import SecondLook
from inspector.session.examiner.second_look import look_again
from inspector.session.protocol import Proofs

_log = logging.getLogger(__name__)

_SHARE = 0.008  # of one core, while batches stream: proving must not cost what is measured
_SETTLE_S = 1.0  # until the child is started while batches stream: the first batches matter more
_REMEMBERED = 64  # batches; more than can be looked back at


class Prover:
    """Proves the images of the batch that was asked for last, one after the other; nothing before the first request.

    Args:
        images_of: the images of a batch, whole; none where it is forgotten.
        examiner: decodes the files.
        look: how one image is compared with its file.

    Attributes:
        serial: rises whenever something was found.
    """

    def __init__(
        self,
        images_of: Callable[[BatchKey], tuple[DeliveredImage, ...]],
        examiner: Examiner,
        look: Callable[[DeliveredImage, Examiner], "Future[SecondLook]"] = look_again,
    ) -> None:
        self.serial = 0
        self._look = look
        self._images_of = images_of
        self._examiner = examiner
        self._streaming = True
        self._closing = False
        self._key: BatchKey | None = None
        self._images: tuple[DeliveredImage, ...] = ()  # of `_key`; none where all are proved
        self._let_go: list[tuple[DeliveredImage, ...]] = []  # by the thread: where they are the last, it takes a second
        self._found: OrderedDict[BatchKey, list[Proof | None]] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def proofs(self, batch: BatchKey) -> Proofs:
        """What was found so far of a batch, by position; None: not looked at yet. The rest is proved from now on."""
        with self._changed:
            if batch == self._key:
                return tuple(self._found[batch])
        images = self._images_of(batch)
        with self._changed:
            if batch not in self._found and not images:
                return ()
            found = self._found.setdefault(batch, [None] * len(images))
            self._found.move_to_end(batch)
            self._key = batch
            if self._images:
                self._let_go.append(self._images)
            self._images = images if None in found else ()
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="inspector-prover", daemon=True)
                self._thread.start()
            self._changed.notify()
            return tuple(found)

    def badges(self, run: int) -> Counter[str]:
        """How often each was found, in the batches of this run that are remembered."""
        with self._changed:
            every = [proof for (number, _), found in self._found.items() if number == run for proof in found]
        return Counter(proof.badge for proof in every if proof is not None)

    def set_streaming(self, streaming: bool) -> None:
        """Batches stream, so that little time may be taken; False: prove all at once."""
        with self._changed:
            self._streaming = streaming
            self._changed.notify()

    def close(self) -> None:
        """End the thread. The examiner must be closed before: it may be in the middle of a file."""
        with self._changed:
            self._closing = True
            self._images, self._let_go = (), []
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        next_at = time.monotonic() + _SETTLE_S
        while True:
            with self._changed:
                while not self._closing and not self._let_go:
                    wait_s = next_at - time.monotonic() if self._streaming else 0.0
                    if self._images and wait_s <= 0:
                        break
                    self._changed.wait(wait_s if self._images else None)
                if self._closing or self._key is None:
                    return
                let_go, self._let_go = self._let_go, []
                key, found, images = self._key, self._found[self._key], self._images
            if let_go or not images:
                del let_go, images
                continue
            position = found.index(None)
            image = images[position]
            del images
            began_s, began_cpu_s = time.monotonic(), self._examiner.cpu_s
            try:
                proof = self._look(image, self._examiner).result().proof
            except CancelledError:
                return
            except Exception as error:  # a fault of ours must not end the proofs of all other images
                _log.exception("an image could not be proved")
                proof = cannot_tell(f"inspector failed unexpectedly: {type(error).__name__}: {error}", "failed")
            del image
            next_at = began_s + (self._examiner.cpu_s - began_cpu_s) / _SHARE
            with self._changed:
                found[position] = proof
                self.serial += 1
                if None not in found and key == self._key:
                    self._images = ()
