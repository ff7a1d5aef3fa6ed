"""The order of each epoch that is asked for, one epoch after the other."""

import numpy as np
import numpy.typing as npt

from inspector.errors import SettingsError
from inspector.loader.planning.sampler import epoch_order
from inspector.loader.planning.samples import EpochPlan, Position
from inspector.settings import LoaderConfig


class EpochOrders:
    """Makes the plans of the epochs to come."""

    def __init__(self, config: LoaderConfig, length: int) -> None:
        self._config = config
        self._length = length
        self._next = 0  # the epoch that is begun next
        self._prepared: tuple[int, npt.NDArray[np.int64]] = (-1, np.empty(0, np.int64))

    @property
    def exhausted(self) -> bool:
        """No epoch is left to begin."""
        return self._config.epochs is not None and self._next >= self._config.epochs

    def prepare(self) -> None:
        """Make the next epoch's order; called without the lock, as it takes half a second for 10 million files."""
        number = self._next
        if self._prepared[0] != number and not self.exhausted:
            self._prepared = (number, self._order(number))

    def begin_next(self) -> EpochPlan:
        """The next epoch's plan."""
        number, order = self._prepared
        if number != self._next:
            order = self._order(self._next)
        self._next += 1
        return EpochPlan(self._next - 1, order)

    def at(self, position: Position) -> npt.NDArray[np.int64] | None:
        """The order of a position's epoch, None where no such epoch is asked for. Needs no lock, like `prepare`.

        Raises:
            SettingsError: when there is no such place in it.
        """
        if position.place > self._length:
            raise SettingsError(
                f"the state was saved after {position.place:,} samples of an epoch, which here has {self._length:,}"
            )
        after_all = self._config.epochs is not None and position.epoch >= self._config.epochs
        return None if after_all else self._order(position.epoch)

    def move_to(self, position: Position, order: npt.NDArray[np.int64] | None) -> EpochPlan | None:
        """The rest of a position's epoch, with the order that `at` gave for it; those after it come next."""
        self._next = position.epoch + (order is not None)
        if order is None:
            return None
        return EpochPlan(position.epoch, order, cursor=position.place, batches=position.batches)

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        return epoch_order(self._length, shuffle=self._config.shuffle, seed=self._config.seed, epoch=epoch)
