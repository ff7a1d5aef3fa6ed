"""The thread that proves the colours of the batch that is looked at, and only of that one."""

import threading
import time
from collections import OrderedDict

from inspector.monitor.colour_proof import Proof
from inspector.monitor.records import BatchView, DeliveredImage
from inspector.ui.proof.second_decoder import keep_quiet
from inspector.ui.proof.second_look import look_again

_SHARE = 0.008  # of one core, while batches stream: proving must not cost what is measured
_REMEMBERED = 64  # batches; more than can be looked back at

Proofs = tuple[Proof | None, ...]


class Prover:
    """Looks at the images of one batch, one after the other. All methods but `close` return at once, from any thread.

    It tells nobody when it has found something: `serial` rises, and whoever is interested polls it.
    """

    def __init__(self) -> None:
        keep_quiet()
        self.serial = 0
        self._streaming = True
        self._closing = False
        self._key = (0, -1)
        self._images: tuple[DeliveredImage, ...] = ()
        self._found: OrderedDict[tuple[int, int], list[Proof | None]] = OrderedDict()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="inspector-prover", daemon=True)
        self._thread.start()

    def look_at(self, view: BatchView | None, images: tuple[DeliveredImage, ...]) -> None:
        """Prove the colours of this batch from now on; its images are let go when that is done."""
        with self._changed:
            self._images = images
            if view is None:
                return
            self._key = (view.run, view.number)
            found = self._found.setdefault(self._key, [None] * len(view.thumbnails))
            self._found.move_to_end(self._key)
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
            if None not in found:
                self._images = ()
            self._changed.notify()

    def set_streaming(self, streaming: bool) -> None:
        """Batches stream, so that little time may be taken; False: prove all at once."""
        if streaming != self._streaming:
            with self._changed:
                self._streaming = streaming
                self._changed.notify()

    def proofs(self, view: BatchView) -> Proofs:
        """What was found so far of a batch, by position; None: not looked at yet."""
        with self._changed:
            return tuple(self._found.get((view.run, view.number), [None] * len(view.thumbnails)))

    def close(self) -> None:
        """End the thread, after the image that it is at."""
        with self._changed:
            self._closing = True
            self._images = ()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        next_at = 0.0
        while True:
            with self._changed:
                while not self._closing:
                    wait_s = next_at - time.monotonic() if self._streaming else 0.0
                    if self._images and wait_s <= 0:
                        break
                    self._changed.wait(wait_s if self._images else None)
                if self._closing:
                    return
                key, found = self._key, self._found[self._key]
                position = found.index(None)
                image = self._images[position]
            began, began_cpu = time.monotonic(), time.thread_time()
            proof = look_again(image).proof
            del image
            next_at = began + (time.thread_time() - began_cpu) / _SHARE
            with self._changed:
                found[position] = proof
                self.serial += 1
                if None not in found and key == self._key:
                    self._images = ()
