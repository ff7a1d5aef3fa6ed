"""The census of a running session, from real batches."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inspector import Loader
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.records import RunState
from inspector.monitor.sample_counts import SampleCounts
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.test_local import wait_for


@pytest.fixture
def session() -> Iterator[LocalSession]:
    session = LocalSession(SessionConfig(batch_size=12, num_workers=1, image_size=(30, 40), epochs=2, step_ms=500))
    yield session
    session.close()


def tally_of(session: LocalSession) -> SampleCounts:
    tally = session.sample_counts()
    assert tally is not None
    return tally


@pytest.mark.slow
def test_stepped_through_a_whole_epoch_it_has_the_data_sets_figures(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches >= 1)
    for _ in range(9):
        before = session.snapshot().batches
        session.next_batch()
        wait_for(session, lambda s, before=before: s.batches > before)  # type: ignore[misc]
    wait_for(session, lambda _: session.statistics().images == tally_of(session).seen)
    while tally_of(session).current.epoch == 0 and tally_of(session).current.never:
        before = session.snapshot().batches
        session.next_batch()
        wait_for(session, lambda s, before=before: s.batches > before)  # type: ignore[misc]
    wait_for(session, lambda _: session.statistics().images == 120)
    with Loader(photos, batch_size=120, engine="serial", image_size=(30, 40)) as loader:
        pixels = np.asarray(next(loader).images).reshape(-1, 3)
    statistics = session.statistics()
    assert statistics.mean is not None
    assert statistics.std is not None
    np.testing.assert_allclose(statistics.mean, pixels.mean(0), rtol=1e-12)
    np.testing.assert_allclose(statistics.std, pixels.std(0), rtol=1e-12)


def test_every_batch_of_every_epoch_is_tallied(session: LocalSession, photos: Path) -> None:
    session.change(step_ms=0, batch_size=7)
    session.open(photos)
    wait_for(session, lambda s: s.state is RunState.FINISHED)
    tally = tally_of(session)
    assert tally.previous is not None
    for epoch in (tally.previous, tally.current):
        assert (epoch.once, epoch.repeated, epoch.skipped, epoch.never) == (120, 0, 0, 0)
    assert sorted(tally.current.order.indices.tolist()) == list(range(120))


def test_another_order_begins_the_census_anew(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda _: session.statistics().images > 0)
    session.change(shuffle=False)

    def in_file_order() -> bool:
        tally = session.sample_counts()
        order = [] if tally is None else tally.current.order.indices.tolist()
        return order != [] and order == list(range(len(order)))

    wait_for(session, lambda _: in_file_order())


def test_nothing_is_known_before_a_folder_is_open(session: LocalSession) -> None:
    assert session.sample_counts() is None
    assert session.statistics() == ChannelStatistics()
