"""One `for` over a loader: one epoch."""

from collections.abc import Iterator
from typing import Protocol, Self

from inspector.errors import SettingsError
from inspector.loader.batch import Batch


class EpochIterator(Iterator[Batch]):
    """Gives the batches of one epoch, from where the loader is; `EpochLoop` ends it.

    Attributes:
        epoch: the one that it goes through; None before the first batch.
        ended: it gives nothing more.
        overtaken: another loop began before it came to its end.
    """

    def __init__(self, stream: "Stream", loop: "EpochLoop") -> None:
        self._stream = stream
        self._loop = loop
        self.epoch: int | None = None
        self.ended = False
        self.overtaken = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        if self.overtaken:  # an end without a word would be taken for the end of the epoch
            raise SettingsError(
                "another loop over this loader began before this one came to its end, and a loader is in one epoch at "
                "a time: make a loader for each of them"
            )
        if self.ended:
            raise StopIteration
        return self._loop.next(self, self._stream)


class Stream(Protocol):
    """What a loop needs of a loader."""

    def next_of(self, epoch: int | None) -> Batch:
        """The next batch; StopIteration where it is of another epoch, or there is none."""

    def skip_rest_of(self, epoch: int) -> None:
        """Continue with the epoch after this one, if that is where the loader is."""


class EpochLoop:
    """The `for` loops over one loader, one after the other.

    A loop that was left early leaves the rest of its epoch out, as with PyTorch's loader; the prefetched batches of
    the next epoch are used otherwise.
    """

    def __init__(self, epochs: int | None) -> None:
        self._epochs = epochs
        self._current: EpochIterator | None = None

    def forget(self) -> None:
        """The loader has moved to another position: the next loop begins there."""
        if self._current is not None:
            self._current.ended = True
        self._current = None

    def next(self, iterator: EpochIterator, stream: Stream) -> Batch:
        """The next batch of this iterator's epoch.

        Raises:
            StopIteration: after the epoch's last batch.
            SettingsError: when another epoch is begun than `epochs` asks for.
        """
        before, self._current = self._current, iterator
        if before is not None and before is not iterator and not before.ended:
            before.ended = True
            if before.epoch is not None:
                before.overtaken = True
                stream.skip_rest_of(before.epoch)
        try:
            batch = stream.next_of(iterator.epoch)
        except StopIteration:
            iterator.ended = True
            if before is not None and before is not iterator:
                raise SettingsError(
                    f"all {self._epochs} epochs that `epochs` asks for are over: leave `epochs` out where the loop "
                    "counts epochs itself, or set it to as many as there will be"
                ) from None
            raise
        iterator.epoch = batch.epoch
        iterator.ended = batch.last_in_epoch
        return batch
