"""A loader's place in its sequence as a small dictionary, and back."""

from collections.abc import Mapping

from inspector.errors import SettingsError
from inspector.loader.planning.samples import Position
from inspector.settings import LoaderConfig
from inspector.sources.dataset import Index

VERSION = 1


def state_of(position: Position, number: int, config: LoaderConfig, index: Index) -> dict[str, int | bool]:
    """The place, and what the sequence rests on. `number`: of the next batch."""
    return {
        "version": VERSION,
        "epoch": position.epoch,
        "samples_into_epoch": position.place,
        "batches_into_epoch": position.batches,
        "next_batch": number,
        **_foundations(config, index),
    }


def _foundations(config: LoaderConfig, index: Index) -> dict[str, int | bool]:
    return {
        "seed": config.seed,
        "shuffle": config.shuffle,
        "samples": len(index),
        "fingerprint": index.fingerprint(),
    }


def position_of(state: Mapping[str, int | bool], config: LoaderConfig, index: Index) -> tuple[Position, int]:
    """The place, and the number of the next batch.

    Raises:
        SettingsError: when the state does not belong to this sequence.
    """
    if state.get("version") != VERSION:
        raise SettingsError(f"this is not a state that Loader.state_dict() of this version gave: {dict(state)!r:.200}")
    for name, value in _foundations(config, index).items():
        if state.get(name) != value:
            raise SettingsError(_mismatch(name, state.get(name), value, index))
    numbers = [state.get(name) for name in ("epoch", "samples_into_epoch", "batches_into_epoch", "next_batch")]
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise SettingsError(f"the state is incomplete: {dict(state)!r:.200}")
    epoch, place, batches, number = (int(number or 0) for number in numbers)
    return Position(epoch, place, batches), number


def _mismatch(name: str, saved: object, here: object, index: Index) -> str:
    if name in ("seed", "shuffle"):
        return f"the state was saved with {name}={saved}; this loader has {name}={here}: make it with {name}={saved}"
    if name == "samples":
        return f"the state was saved with {saved:,} samples, and there are {here:,} in {index.source} now"
    return f"the state was saved with other files than those in {index.source} now: names or their order differ"
