"""The order of each epoch that is asked for, one epoch after the other; where there are several ranks, this one's part.

All ranks make the same order. Of n ranks, rank r has the samples at places r, r + n, r + 2n ... of it. So the first k
samples of every rank are the first k * n of the order, and another number of ranks can continue from there.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.error_texts import in_words
from inspector.errors import NoImagesError, SettingsError, UserCodeError
from inspector.loader.planning.sampler import block_order, epoch_order, sampled_order
from inspector.loader.planning.samples import ENDLESS, EpochPlan, Order, Position
from inspector.settings import LoaderConfig

_Order = npt.NDArray[np.int64]


class EpochOrders:
    """Makes the plans of the epochs to come.

    Args:
        sampler: the user's, or None.
        streams: of an iterable data set; 0: it is none. Nobody knows its length.
        block_starts: (blocks,) where each block of samples begins, where they are read in blocks; else None.
    """

    def __init__(
        self,
        config: LoaderConfig,
        length: int,
        sampler: Callable[..., Any] | None = None,
        block_starts: _Order | None = None,
        streams: int = 0,
    ) -> None:
        self._streams = streams
        self._config = config
        self._length = length
        self._sampler = sampler
        self._block_starts = block_starts
        self._lock = threading.Lock()  # the user's sampler is called by one thread at a time, and once for an epoch
        self._next = 0  # the epoch that is begun next
        self._made: tuple[int, _Order | UserCodeError] = (-1, np.empty(0, np.int64))  # by all ranks

    @property
    def exhausted(self) -> bool:
        """No epoch is left to begin."""
        return self._config.epochs is not None and self._next >= self._config.epochs

    def prepare(self) -> None:
        """Make the next epoch's order; called without the lock, as it takes half a second for 10 million files."""
        if not self.exhausted and not self._streams:
            with contextlib.suppress(UserCodeError):  # `begin_next` raises it again
                self._order(self._next)

    def begin_next(self) -> EpochPlan:
        """The next epoch's plan.

        Raises:
            UserCodeError: when the user's sampler raises, or gives no indices.
            NoImagesError: when there is none for each rank.
        """
        if self._streams:
            self._next += 1
            return EpochPlan(self._next - 1, ENDLESS, streams=self._streams)
        whole = self._order(self._next)
        order = share_of(whole, self._config)
        if not len(order):
            raise NoImagesError(
                f"{len(whole):,} samples are fewer than the {self._config.ranks:,} ranks that share them, and "
                "drop_last leaves out what cannot be divided evenly: turn drop_last off, or use fewer ranks"
            )
        self._next += 1
        return EpochPlan(self._next - 1, order, ranks=self._config.ranks)

    def use_streams(self, streams: int) -> None:
        """Of an iterable data set: from the next epoch on."""
        if self._streams:
            self._streams = streams

    def samples_in(self, epoch: int) -> int:
        """How many of an epoch this rank has. Needs no lock, like `prepare`; raises what `begin_next` does."""
        length = self._length if self._sampler is None else len(self._order(epoch))
        return share_length(length, self._config)

    def at(self, position: Position) -> Order | None:
        """The order of a position's epoch, None where no such epoch is asked for. Needs no lock, like `prepare`.

        Raises:
            SettingsError: when there is no such place in it.
            UserCodeError: see `begin_next`.
        """
        if self._config.epochs is not None and position.epoch >= self._config.epochs:
            return None
        if self._streams:
            return ENDLESS
        whole = self._order(position.epoch)
        order = share_of(whole[position.base :], self._config)
        again = position.spare if self._config.ranks > 1 else 0
        if position.base > len(whole) or position.place - again > len(order):
            place = max(position.base, position.place)
            raise SettingsError(
                f"the state was saved after {place:,} samples of an epoch, which here has {len(whole):,}"
            )
        return order

    def move_to(self, position: Position, order: Order | None) -> EpochPlan | None:
        """The rest of a position's epoch, with the order that `at` gave for it; those after it come next."""
        self._next = position.epoch + (order is not None)
        if order is None:
            return None
        return EpochPlan(
            position.epoch,
            order,
            cursor=position.place,
            batches=position.batches,
            ranks=self._config.ranks,
            base=position.base,
            delivered=position.delivered,
            streams=(position.streams or self._streams) if self._streams else 0,
        )

    def _order(self, epoch: int) -> _Order:
        with self._lock:
            number, order = self._made
            if number != epoch:
                order = self._new_order(epoch)
                self._made = epoch, order
        if isinstance(order, UserCodeError):
            raise UserCodeError(*order.args)
        return order

    def _new_order(self, epoch: int) -> _Order | UserCodeError:
        config = self._config
        if self._sampler is None:
            if self._block_starts is not None and config.shuffle:
                window, seed = config.shuffle_blocks, config.seed
                return block_order(self._length, self._block_starts, window, seed=seed, epoch=epoch)
            return epoch_order(self._length, shuffle=config.shuffle, seed=config.seed, epoch=epoch)
        try:
            return sampled_order(self._sampler, self._length, seed=config.seed, epoch=epoch)
        except Exception as error:
            return UserCodeError(f"the sampler's order of epoch {epoch}: {in_words(error)}")


def share_length(length: int, config: LoaderConfig) -> int:
    """How many of `length` samples each rank has: with `drop_last` as many as all have, else some come twice."""
    ranks = config.ranks
    return length // ranks if config.drop_last else -(-length // ranks)


def share_of(order: _Order, config: LoaderConfig) -> _Order:
    """This rank's part of an order."""
    ranks = config.ranks
    if ranks == 1:
        return order
    each = share_length(len(order), config)
    return np.resize(order, each * ranks)[config.rank or 0 :: ranks] if each else order[:0]
