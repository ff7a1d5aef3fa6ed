"""A loader's place in its sequence as a small dictionary, and back."""

from collections.abc import Mapping
from numbers import Integral

from inspector.errors import SettingsError
from inspector.loader.planning.samples import Position
from inspector.settings import LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import Index

VERSION = 1
_MOST = 1 << 64
_NUMBERS = (
    "version", "epoch", "samples_into_epoch", "batches_into_epoch", "next_batch", "seed", "samples", "fingerprint",
)  # fmt: skip
_MOST_STREAMS = 1 << 16
_RANK_NUMBERS = ("world_size", "rank", "rank_base", "rank_place", "rank_delivered")
_WHOLE = (*_NUMBERS, *_RANK_NUMBERS, "streams")


def state_of(position: Position, number: int, config: LoaderConfig, index: Index) -> dict[str, int | bool]:
    """The place, and what the sequence rests on. `number`: of the next batch."""
    state: dict[str, int | bool] = {
        "version": VERSION,
        "epoch": position.epoch,
        "samples_into_epoch": position.place,
        "batches_into_epoch": position.batches,
        "next_batch": number,
        **_foundations(config, index),
        **({"streams": position.streams} if position.streams else {}),
    }
    if config.ranks > 1:
        state["samples_into_epoch"] = position.base + position.delivered * config.ranks  # of all ranks together
        state |= {
            "world_size": config.ranks,
            "rank": config.rank or 0,
            "rank_base": position.base,
            "rank_place": position.place,
            "rank_delivered": position.delivered,
        }
    return state


def _foundations(config: LoaderConfig, index: Index) -> dict[str, int | bool]:
    in_blocks = isinstance(index, ContainerIndex) and index.in_blocks
    return {
        "seed": config.seed,
        "shuffle": config.shuffle,
        **({"shuffle_blocks": config.shuffle_blocks} if in_blocks else {}),
        "samples": len(index),
        "fingerprint": index.fingerprint(),
    }


def position_of(state: Mapping[str, int | bool], config: LoaderConfig, index: Index) -> tuple[Position, int]:
    """The place, and the number of the next batch.

    Raises:
        SettingsError: when the state does not belong to this sequence.
    """
    _check_types(state)
    if state.get("version") != VERSION:
        raise SettingsError(f"this is not a state that Loader.state_dict() of this version gave: {dict(state)!r:.200}")
    if missing := {*_NUMBERS, "shuffle"} - {*state}:
        raise SettingsError(f"the state is incomplete: it has no {min(missing)}")
    for name, value in _foundations(config, index).items():
        if state.get(name) != value:
            raise SettingsError(_mismatch(name, state.get(name), value, index))
    numbers = [state.get(name) for name in ("epoch", "samples_into_epoch", "batches_into_epoch", "next_batch")]
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise SettingsError(f"the state is incomplete: {dict(state)!r:.200}")
    streams = state.get("streams", 0)
    if not 0 <= streams <= _MOST_STREAMS:
        raise SettingsError("the state's streams is out of range")
    epoch, place, batches, number = (int(number or 0) for number in numbers)
    return _position(state, config, len(index), Position(epoch, place, batches, streams=streams)), number


def _position(state: Mapping[str, int | bool], config: LoaderConfig, samples: int, whole: Position) -> Position:
    """The place for this rank, from that of all ranks together; exactly where the state is this rank's own."""
    if config.ranks == 1 and "world_size" not in state:
        return whole
    ranks, rank, base, place, delivered = (int(state.get(name, -1)) for name in _RANK_NUMBERS)
    if (ranks, rank) == (config.ranks, config.rank) and base >= 0 and 0 <= delivered <= place:
        return whole._replace(place=place, delivered=delivered, base=base)
    begun = min(whole.place, samples) if config.sampler is None else whole.place
    if config.ranks == 1:
        return whole._replace(place=begun)
    return whole._replace(place=0, delivered=0, base=begun)


def _check_types(state: object) -> None:
    """It may come from another program, or from a file that was cut. What is missing is found later."""
    if not isinstance(state, Mapping):
        raise SettingsError(f"the state is no dictionary, but {state!r:.80}")
    for name, value in state.items():
        if name == "shuffle":
            if not isinstance(value, bool):
                raise SettingsError(f"the state's {name} must be True or False, not {value!r:.80}")
        elif name in _WHOLE and not (isinstance(value, Integral) and not isinstance(value, bool)):
            raise SettingsError(f"the state's {name} must be a whole number, not {value!r:.80}")
        elif name in _WHOLE and not -_MOST < int(value) < _MOST:
            raise SettingsError(f"the state's {name} is out of range")


def _mismatch(name: str, saved: object, here: object, index: Index) -> str:
    if name in ("seed", "shuffle", "shuffle_blocks"):
        return f"the state was saved with {name}={saved}; this loader has {name}={here}: make it with {name}={saved}"
    if name == "samples":
        return f"the state was saved with {saved:,} samples, and there are {here:,} in {index.source} now"
    return f"the state was saved with other files than those in {index.source} now: names or their order differ"
