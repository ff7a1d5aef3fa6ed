"""The random state of a sample: what the user's code draws depends on (seed, epoch, sample) and on nothing else.

`random`, `numpy.random` and torch keep one global generator each in a process. Workers would share or repeat its
numbers; so all of them are seeded before each sample, in whichever process it is loaded. So are the generators that a
data set, a transform or a module of the user's holds, of which each worker would have a copy in the same state.
Threads share one process, and so one generator: there, only the `rng` that a transform is given is a sample's own.
"""

import gc
import os
import random
import sys
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, Self

import numpy as np

from inspector.loader.workers.global_generators import GlobalGenerators, seed_bits

_MASK = (1 << 64) - 1
_MOST_LOOKED_AT = 20_000  # objects
_MOST_IN_A_CONTAINER = 1_000  # with more than that in it, it is data
_LIBRARIES = tuple(  # where modules lie that are not the user's own
    os.path.join(os.path.dirname(os.path.abspath(place)), "")
    for place in (os.__file__, os.path.dirname(np.__file__), os.path.dirname(os.path.dirname(__file__)))
)
_INSTALLED = {"site-packages", "dist-packages"}


class OwnGenerator(NamedTuple):
    """A generator that the user's code holds.

    Attributes:
        place: by which its seed differs from the others'; the same in each process.
    """

    place: int
    generator: Any


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


def seed_generators(number: int, own: Sequence[OwnGenerator] = ()) -> None:
    """Seed the global generators of this process, and the user's `own`."""
    for place, generator in own:
        _seed(generator, sample_seed(number, place, 1))
    _process().seed(number)
    if (torch := _torch()) is not None:
        torch.default_generator.manual_seed(number)


@lru_cache(maxsize=1)
def _process() -> GlobalGenerators:
    return GlobalGenerators()


class KeptRandomState:
    """Keeps the generators of the user's own program as they were, where samples are loaded in its own process."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, Any]] | None = None

    def keep(self, own: Iterable[OwnGenerator] = ()) -> None:
        """Before the first sample is loaded; nothing more happens where it was called before."""
        if self._kept is None:
            generators = (*_global_generators(), *(each.generator for each in own))
            self._kept = [(generator, _state(generator)) for generator in generators]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for generator, state in self._kept or ():
            _set_state(generator, state)


# --- generators --------------------------------------------------------------------------------------------


def own_generators(*code: object) -> list[OwnGenerator]:
    """The generators that the user's objects hold: in what they hold, in their classes, and in the modules of these.

    So do those that modules of the user's hold, and what they import of each other. The global ones are not among them.
    """
    kinds = _kinds()
    found: list[OwnGenerator] = []
    seen = set(map(id, _global_generators()))
    held = Counter[int]()  # by the name that they are found under: what else a process has there makes no difference
    stack: list[tuple[int, Any]] = [(0, each) for each in reversed(code)]
    in_modules: deque[tuple[int, Any]] = deque()  # what the objects hold comes first
    while (stack or in_modules) and len(seen) < _MOST_LOOKED_AT:
        name, obj = stack.pop() if stack else in_modules.popleft()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if issubclass(type(obj), kinds):  # `isinstance` asks the object, which may raise anything
            if not isinstance(obj, random.SystemRandom):  # it has no state
                found.append(OwnGenerator(sample_seed(name, held[name], 1) if name else held[name], obj))
                held[name] += 1
        else:  # in order, which is the same in each process
            held_by = [*_held_by(obj, kinds)]
            stack.extend((name, each) for own, each in reversed(held_by) if not own)
            in_modules.extend((own, each) for own, each in held_by if own)
    return found


def _held_by(obj: object, kinds: tuple[type, ...]) -> Iterator[tuple[int, Any]]:
    """What may have generators in it, or is one, and a number for its name, if it is found under one in a module."""
    kind = type(obj)
    if issubclass(kind, type):
        for each in obj.__mro__:  # type: ignore[attr-defined]
            yield from ((0, generator) for generator in _generators_of(vars(each), kinds))
            yield from _of_module(getattr(sys.modules.get(each.__module__), "__dict__", {}), kinds)
    elif kind is FunctionType:
        yield from ((0, each) for each in (obj.__closure__, obj.__defaults__, obj.__kwdefaults__))  # type: ignore[attr-defined]
        yield from _of_module(obj.__globals__, kinds)  # type: ignore[attr-defined]
    elif issubclass(kind, ModuleType):
        if _is_users(vars(obj)):
            yield from _of_module(vars(obj), kinds)
    elif not _is_data(obj):
        yield from ((0, each) for each in gc.get_referents(obj))


def _of_module(names: Mapping[str, Any], kinds: tuple[type, ...]) -> Iterator[tuple[int, Any]]:
    """All that is in a module of the user's; in another, its generators."""
    if _is_users(names):
        for name, value in [*names.items()]:
            if not name.startswith("__"):  # Python's own, which lead everywhere
                yield zlib.crc32(name.encode("utf-8", "surrogatepass")) or 1, value
    else:
        yield from ((0, generator) for generator in _generators_of(names, kinds))


def _is_users(names: Mapping[str, Any]) -> bool:
    """A module with these names is neither a part of Python nor an installed package."""
    file = names.get("__file__")
    if not isinstance(file, str):
        return names.get("__spec__") is None and "__name__" in names  # a script, a notebook, or code sent by value
    return not os.path.abspath(file).startswith(_LIBRARIES) and not _INSTALLED.intersection(file.split(os.sep))


def _generators_of(names: Mapping[str, Any], kinds: tuple[type, ...]) -> Iterator[Any]:
    """Generators among the values, and those whose methods are."""
    for value in [*names.values()]:
        holder = value.__self__ if type(value) in (BuiltinMethodType, MethodType) else value
        if issubclass(type(holder), kinds):
            yield holder


def _is_data(obj: object) -> bool:
    return isinstance(obj, list | tuple | dict | set | frozenset) and len(obj) > _MOST_IN_A_CONTAINER


def _kinds() -> tuple[type, ...]:
    torch = _torch()
    numpy_kinds = (np.random.RandomState, np.random.Generator, np.random.BitGenerator)
    return random.Random, *numpy_kinds, *((torch.Generator,) if torch is not None else ())


def _global_generators() -> list[Any]:
    torch = _torch()
    ours = [random._inst, np.random.mtrand._rand]
    return [*ours, torch.default_generator] if torch is not None else ours


def _seed(generator: Any, number: int) -> None:
    if isinstance(generator, np.random.Generator):
        generator = generator.bit_generator
    if isinstance(generator, np.random.BitGenerator):
        seed_bits(generator, number)
    elif isinstance(generator, np.random.RandomState):
        generator.seed(number >> 31)
    elif isinstance(generator, random.Random):
        generator.seed(number)
    else:
        generator.manual_seed(number)


def _state(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, np.random.BitGenerator):
        return generator.state
    return generator.getstate() if isinstance(generator, random.Random) else generator.get_state()


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, np.random.BitGenerator):
        generator.state = state
    elif isinstance(generator, random.Random):
        generator.setstate(state)
    else:
        generator.set_state(state)


def _torch() -> ModuleType | None:
    """Torch, where this process has imported it to the end."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "default_generator") else None
