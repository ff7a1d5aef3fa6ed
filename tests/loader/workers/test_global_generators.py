"""The global generators of `random` and NumPy are seeded where they have their numbers."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from inspector.loader.workers.global_generators import GlobalGenerators
from inspector.loader.workers.random_state import KeptRandomState

NUMPYS: Any = np.random  # its stubs lack two names


@pytest.fixture(autouse=True)
def kept_random_state() -> Iterator[None]:
    bits = NUMPYS.get_bit_generator()
    with KeptRandomState() as state:
        state.keep()
        yield
        NUMPYS.set_bit_generator(bits)


def drawn() -> tuple[float, ...]:
    gauss = random.gauss(0, 1), float(np.random.randn())  # each makes two numbers and keeps one
    return (*gauss, random.random(), random.randrange(10**9), float(np.random.random()))


def test_the_same_number_gives_the_same_draws_whatever_was_drawn_before() -> None:
    generators = GlobalGenerators()
    generators.seed(5)
    first = drawn()
    generators.seed(6)
    assert not set(drawn()) & set(first)
    for _ in range(700):
        random.random(), np.random.random()
    generators.seed(5)
    assert drawn() == first


def test_both_draw_different_numbers() -> None:
    GlobalGenerators().seed(1 << 60)
    of_random = {random.getrandbits(32) for _ in range(2000)}
    assert not of_random & {int(each) for each in np.random.randint(0, 1 << 32, 2000, np.int64)}


def test_pythons_generator_has_the_words_that_setstate_would_have_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    generators = GlobalGenerators()
    generators.seed(7 << 40)
    written = random.getstate(), drawn()
    monkeypatch.setattr(generators, "_words", None)  # as where they are not found in its memory
    random.random()
    generators.seed(7 << 40)
    assert (random.getstate(), drawn()) == written


def test_another_bit_generator_of_the_users_is_seeded() -> None:
    generators = GlobalGenerators()
    NUMPYS.set_bit_generator(np.random.PCG64(1))
    generators.seed(9)
    first = random.random(), np.random.random()
    generators.seed(9)
    assert (random.random(), np.random.random()) == first
