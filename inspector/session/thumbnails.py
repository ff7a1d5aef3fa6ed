"""The thread that makes thumbnails of the batch that is looked at, and only of that one."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from inspector.annotations.fields import FieldLabels
from inspector.annotations.picture_labels import MASK_PX, PictureLabels
from inspector.loader.batch import Batch
from inspector.monitor.records import BatchKey, BatchView
from inspector.session.batch_history import BatchHistory, labels_of, make_view
from inspector.session.delivered_images import DeliveredImages
from inspector.settings import SettingValue
from inspector.step_thread import start_steps

_SHARE = 0.02  # of one core, while batches stream: looking must not cost what is measured


class ThumbnailMaker:
    """Turns kept batches into views, off the GUI thread. All methods return at once, from any thread.

    Attributes:
        thumbnail_px: longest side of a thumbnail in pixels.
        interval_s: while batches stream, a new one is shown at most this often; seconds.
        streaming: batches come faster than one looks at them; False: show each at once.
        delivered: the images of what is shown, whole.
    """

    def __init__(self, thumbnail_px: int) -> None:
        self.interval_s = 0.25
        self.delivered = DeliveredImages()
        self._thumbnail_px = thumbnail_px
        self._streaming = True
        self._changed = threading.Condition()
        self._history = BatchHistory(0)
        self._field_labels = FieldLabels()
        self._budget_bytes = 0
        self._settings: Mapping[str, SettingValue] = {}
        self._run_number = 0
        self._view: BatchView | None = None
        self._serial = 0
        self._closing = False
        self._idle = False
        self._next_at_s = 0.0
        self._shown: object = None
        self._thread = start_steps(self._step, "inspector-thumbnails")

    @property
    def thumbnail_px(self) -> int:
        return self._thumbnail_px

    @thumbnail_px.setter
    def thumbnail_px(self, pixels: int) -> None:
        with self._changed:
            self._thumbnail_px = pixels
            self._changed.notify()

    @property
    def streaming(self) -> bool:
        return self._streaming

    @streaming.setter
    def streaming(self, streaming: bool) -> None:
        with self._changed:
            self._streaming = streaming
            self._changed.notify()

    @property
    def serial(self) -> int:
        """Rises by one whenever `view` has changed."""
        return self._serial

    def view(self) -> BatchView | None:
        """The batch to look at, or None before the first."""
        return self._view

    def field_classes(self) -> tuple[str, ...]:
        """Names of the classes that came with the samples so far."""
        return self._field_labels.class_names

    def finer(self, key: BatchKey, position: int) -> PictureLabels | None:
        """The labels that came with a sample, its mask as fine as it is shown; None where the batch is forgotten."""
        batch, view = self.delivered.batch(key)
        if batch is None or view is None:
            return None
        known = view.thumbnails[position].labels
        [found] = labels_of(batch, self._field_labels, [position], MASK_PX)
        return known if known is None or found is None else replace(known, mask=found.mask)

    def clear(self, budget_bytes: int, settings: Mapping[str, SettingValue]) -> object:
        """Forget all batches; keep later ones, made with `settings`, within `budget_bytes` of their arrays.

        Returns:
            What was kept, for the caller to let go: memory of gigabytes goes only in a second or so.
        """
        with self._changed:
            before = self._history, self._shown, self.delivered.clear()
            self._history, self._shown = BatchHistory(budget_bytes), None
            self._budget_bytes = budget_bytes
            self._field_labels = FieldLabels()
            self._settings = settings
            self._run_number += 1
            self._view = None
            self._serial += 1
        return before

    def add(self, batch: Batch) -> None:
        """Keep a batch that was delivered."""
        with self._changed:
            let_go = self._history.add(batch)
            if self._idle:  # else it looks by itself when its interval is over
                self._changed.notify()
        del let_go  # here, since it takes long where it is large, and nobody has to wait for it

    def back(self) -> None:
        """Look at the batch before."""
        with self._changed:
            self._history.back()
            self._changed.notify()

    def forward(self) -> bool:
        """Look at the batch after; False when this is the newest."""
        with self._changed:
            self._changed.notify()
            return self._history.forward()

    def follow(self) -> None:
        """Look at the newest batch from now on."""
        with self._changed:
            self._history.follow()
            self._changed.notify()

    def close(self) -> None:
        """End the thread and let all batches go."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self.clear(0, {})

    def _step(self) -> bool:
        with self._changed:
            while not self._closing:
                kept = self._history.current()
                place = self._history.position(kept) if kept is not None and not self._streaming else None
                wanted = (kept, self._thumbnail_px, place)
                wait_s = self._next_at_s - time.monotonic() if self._streaming else 0.0
                self._idle = kept is None or wanted == self._shown
                if not self._idle and wait_s <= 0:
                    break
                self._changed.wait(None if self._idle else wait_s)
            if self._closing or kept is None:
                return False
            before: object = self._shown
            self._shown = wanted  # also where it fails: the next batch may not
            batch, view, history, pixels = kept.batch, kept.view, self._history, self._thumbnail_px
            reader = self._field_labels
        began, began_cpu = time.monotonic(), time.thread_time()
        if batch is not None and (view is None or kept.view_px != pixels):
            view = make_view(batch, pixels, reader)
        self._next_at_s = began + max(self.interval_s, (time.thread_time() - began_cpu) / _SHARE)
        with self._changed:
            if history is self._history and view is not None:
                kept.view, kept.view_px = view, pixels
                position, count = history.position(kept)
                view = replace(view, position=position, kept=count, run=self._run_number)
                affordable = not self._streaming or kept.nbytes <= self._budget_bytes
                before = before, self.delivered.add(view, batch if affordable else None, self._settings)
                self._view = view
                self._serial += 1
        del batch, before, kept, wanted  # the lock is free: this may take a second
        return True
