"""The random state of a sample: what the user's code draws depends on (seed, epoch, sample) and on nothing else.

`random`, `numpy.random` and torch keep one global generator each in a process. Workers would share or repeat its
numbers; so all of them are seeded before each sample, in whichever process it is loaded. So are the generators that a
data set or a transform holds itself, of which each worker would have a copy in the same state. Threads share one
process, and so one generator: there, only the `rng` that a transform is given is a sample's own.
"""

import gc
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any, Self

import numpy as np

_MASK = (1 << 64) - 1
_MOST_LOOKED_AT = 20_000  # objects
_MOST_IN_A_CONTAINER = 1_000  # with more than that in it, it is data


def sample_seed(seed: int, epoch: int, index: int) -> int:
    """A number of 63 bits; neighbours have nothing in common. In half a microsecond, unlike NumPy's `SeedSequence`."""
    return _mixed(_epoch_seed(seed, epoch), index) >> 1


@lru_cache(maxsize=8)
def _epoch_seed(seed: int, epoch: int) -> int:
    return _mixed(_mixed(0, seed), epoch)


def _mixed(mixed: int, part: int) -> int:
    """A step of SplitMix64."""
    mixed = (mixed + part + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def seed_generators(number: int, own: Sequence[Any] = ()) -> None:
    """Seed the global generators of this process, and the user's `own`."""
    for place, generator in enumerate(own):
        _seed(generator, sample_seed(number, place, 1))
    random.seed(number)
    np.random.seed(number >> 31)  # other bits than torch's: both have the same generator, and would draw the same
    if (torch := _torch()) is not None:
        torch.default_generator.manual_seed(number)


class KeptRandomState:
    """Keeps the generators of the user's own program as they were, where samples are loaded in its own process."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, Any]] | None = None

    def keep(self, own: Iterable[Any] = ()) -> None:
        """Before the first sample is loaded; nothing more happens where it was called before."""
        if self._kept is None:
            self._kept = [(generator, _state(generator)) for generator in (*_global_generators(), *own)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for generator, state in self._kept or ():
            _set_state(generator, state)


# --- generators --------------------------------------------------------------------------------------------


def own_generators(*code: object) -> list[Any]:
    """The generators that the user's objects hold: in what they hold, in their classes, and in the modules of these.

    The global ones are not among them.
    """
    kinds = _kinds()
    found: dict[int, Any] = {}
    seen = set(map(id, _global_generators()))
    stack = [*reversed(code)]
    while stack and len(seen) < _MOST_LOOKED_AT:
        obj = stack.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if isinstance(obj, kinds):
            if not isinstance(obj, random.SystemRandom):  # it has no state
                found[id(obj)] = obj
        else:
            stack.extend(reversed([*_held_by(obj, kinds)]))  # in order, which is the same in each process
    return [*found.values()]


def _held_by(obj: object, kinds: tuple[type, ...]) -> Iterator[Any]:
    """What may have generators in it, or is one."""
    if isinstance(obj, type):
        for each in obj.__mro__:
            yield from _generators_of(vars(each), kinds)
            yield from _generators_of(getattr(sys.modules.get(each.__module__), "__dict__", {}), kinds)
    elif isinstance(obj, FunctionType):
        yield from (obj.__closure__, obj.__defaults__, obj.__kwdefaults__)
        yield from _generators_of(obj.__globals__, kinds)
    elif not isinstance(obj, ModuleType) and not _is_data(obj):
        yield from gc.get_referents(obj)


def _generators_of(names: Any, kinds: tuple[type, ...]) -> Iterator[Any]:
    """Generators among the values, and those whose methods are."""
    for value in [*names.values()]:
        holder = value.__self__ if isinstance(value, BuiltinMethodType | MethodType) else value
        if isinstance(holder, kinds):
            yield holder


def _is_data(obj: object) -> bool:
    return isinstance(obj, list | tuple | dict | set | frozenset) and len(obj) > _MOST_IN_A_CONTAINER


def _kinds() -> tuple[type, ...]:
    torch = _torch()
    return random.Random, np.random.RandomState, np.random.Generator, *((torch.Generator,) if torch is not None else ())


def _global_generators() -> list[Any]:
    torch = _torch()
    ours = [random._inst, np.random.mtrand._rand]
    return [*ours, torch.default_generator] if torch is not None else ours


def _seed(generator: Any, number: int) -> None:
    if isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        bits.state = type(bits)(number).state
    elif isinstance(generator, np.random.RandomState):
        generator.seed(number >> 31)
    elif isinstance(generator, random.Random):
        generator.seed(number)
    else:
        generator.manual_seed(number)


def _state(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    return generator.getstate() if isinstance(generator, random.Random) else generator.get_state()


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, random.Random):
        generator.setstate(state)
    else:
        generator.set_state(state)


def _torch() -> ModuleType | None:
    """Torch, where this process has imported it to the end."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "default_generator") else None
