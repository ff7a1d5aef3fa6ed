"""How chunks are made, put in order, packed and tried again, without a cluster."""

import pickle
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import SettingsError
from inspector.formats.problems import ProblemKind
from inspector.scan.check_file import CheckFiles, FileReport
from inspector.scan.check_settings import CheckSettings
from inspector.scan.checks import Finding
from inspector.scan.measures import MEASURE_BYTES
from inspector.scan.near_pairs import near_pairs
from inspector.scan.progress import EngineWorker
from inspector.scan.runners import check as check_module
from inspector.scan.runners import cluster_runner
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.check import check
from inspector.scan.runners.chunk import Chunk, ChunkSettings
from inspector.scan.runners.chunk_plan import ChunkPlan, known_files_of
from inspector.scan.runners.cluster import ClusterPartials
from inspector.scan.runners.cluster_names import check_cluster
from inspector.scan.runners.cluster_runner import ClusterRunner
from inspector.scan.runners.driver import Done, Start, Workers
from inspector.scan.runners.engine import WorkerDied
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.partials import Hooks
from inspector.scan.runners.probe import misfit
from inspector.sources.file_index import FileIndex
from tests.scan.test_near_pairs import some_hashes

SETTINGS = ChunkSettings(CheckSettings.without(), 1 << 28, None)
REPORTS = st.builds(
    FileReport,
    st.none() | st.integers(0, 1 << 40),
    st.just(b"") | st.binary(min_size=16, max_size=16).filter(any),
    st.just(b"") | st.binary(min_size=MEASURE_BYTES, max_size=MEASURE_BYTES).filter(any),
    st.lists(st.builds(Finding, st.sampled_from(["alpha", "small"]), st.text()), max_size=2).map(tuple),
    st.none(),
    st.just(""),
    st.tuples(st.integers(1, 1 << 30), st.integers(1, 1 << 30), st.booleans()),
    st.just(0),
) | st.builds(
    FileReport,
    st.none() | st.integers(0, 1 << 40),
    st.just(b""),
    st.just(b""),
    st.just(()),
    st.sampled_from(list(ProblemKind)),
    st.just("cut \udcff"),
    st.just((0, 0, False)),
    st.just(0),
)


@given(st.lists(REPORTS))
def test_a_partial_gives_back_what_it_packed(reports: list[FileReport]) -> None:
    assert [*pickle.loads(pickle.dumps(Partial.of(7, reports))).reports()] == reports


def good(first: int, files: int) -> Partial:
    return Partial.of(first, [FileReport(1)] * files)


def test_what_is_ahead_waits_for_its_turn() -> None:
    ahead = Ahead([good(4, 2), good(8, 1)])
    assert ahead.gaps(1, 12) == [range(1, 4), range(6, 8), range(9, 12)]
    assert ahead.gaps(1, 9) == [range(1, 4), range(6, 8)]
    assert (ahead.files, ahead.take(3)) == (3, None)
    taken = ahead.take(4)
    assert taken is not None
    assert (taken.files, ahead.files) == (2, 1)


@pytest.fixture
def index(photos: Path) -> FileIndex:
    return FileIndex.scan(photos)


def test_chunks_are_all_files_once_and_smaller_at_the_end(index: FileIndex) -> None:
    gaps = [range(3, 40), range(50, len(index))]
    plan = ChunkPlan(index, gaps, SETTINGS, 2)
    chunks = []
    for chunk in plan:
        plan.note(good(chunk.first, chunk.files)._replace(seconds=0.1 * chunk.files))
        chunks.append(chunk)
    assert [i for chunk in chunks for i in range(chunk.first, chunk.first + chunk.files)] == [
        i for gap in gaps for i in gap
    ]
    assert all(path == index.absolute(c.first + n) for c in chunks for n, path in enumerate(c.paths))
    assert chunks[-1].files <= 2 < max(chunk.files for chunk in chunks)


def test_a_chunk_is_split_to_single_files(index: FileIndex) -> None:
    chunk = next(iter(ChunkPlan(index, [range(16)], SETTINGS, 0)))
    parts = chunk.split()
    assert 1 < len(parts) <= 8
    assert [path for part in parts for path in part.paths] == [*chunk.paths]
    assert all(one.first + one.files == two.first for one, two in pairwise(parts))


def test_a_worker_checks_a_chunk(index: FileIndex, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(lambda: check_module._checker().end())
    paths = tuple(index.absolute(i) for i in range(5, 8))
    partial = check(Chunk(5, 3, SETTINGS, paths, known_files=known_files_of(index)))
    assert (partial.first, partial.files, partial.rows[:1]) == (5, 3, partial.rows[:1])
    assert all(report.digest and report.measures for report in partial.reports())


class FakeDriver:
    """Workers that end at some files, and with them what the same worker would have had next."""

    def __init__(self, deadly: set[int], neighbours: bool) -> None:
        self.deadly, self.neighbours = deadly, neighbours
        self.sent: list[Chunk] = []
        self.alone = 0

    def __call__(self, start: Start) -> "FakeDriver":
        self.messages: Iterator[Any] = iter([Workers([EngineWorker("w", "h", 2)])])
        return self

    def send(self, chunk: Chunk) -> None:
        self.sent.append(chunk)

    def received(self, timeout_s: float) -> Any:
        if (message := next(self.messages, None)) is not None:
            return message
        chunks, self.sent = self.sent, []
        guilty = [self.deadly & {*range(chunk.first, chunk.first + chunk.files)} for chunk in chunks]
        self.alone += len(chunks) == 1 and chunks[0].files == 1 and any(guilty)
        died = [bool(each) or (self.neighbours and any(guilty)) for each in guilty]
        return Done(
            [
                (chunk.first, WorkerDied("") if dead else good(chunk.first, chunk.files))
                for chunk, dead in zip(chunks, died, strict=True)
            ]
        )

    def last_words(self) -> str:
        return ""

    def close(self) -> None:
        pass


@pytest.mark.parametrize("neighbours", [False, True])
def test_a_file_that_ends_its_worker_is_found_and_no_other_is_blamed(
    neighbours: bool, index: FileIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = FakeDriver({20, 21, 39}, neighbours)
    monkeypatch.setattr(cluster_runner, "DriverProcess", driver)
    runner = ClusterRunner(Start("dask", 2, ()), lambda text: None, lambda: False)
    found: dict[int, FileReport] = {}
    for partial in runner.run(iter(ChunkPlan(index, [range(40)], SETTINGS, runner.threads))):
        for place, report in enumerate(partial.reports()):
            assert partial.first + place not in found
            found[partial.first + place] = report
    assert sorted(found) == [*range(40)]
    assert {i for i, report in found.items() if report.kind is ProblemKind.CRASHED} == driver.deadly
    assert driver.alone >= 9


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, ""),
        ({"python": [3, 9]}, "runs Python 3.9, and this is 3.11: use the same on both"),
        ({"packages": {"numpy": None}}, "lacks numpy: run `pip install numpy` there"),
        ({"packages": {"numpy": "1.26.4"}}, "has numpy 1.26.4, and 2.1 or later is needed"),
        ({"packages": {"numpy": "3.0rc1"}}, ""),
    ],
)
def test_a_worker_that_does_not_fit(changed: dict[str, Any], end: str) -> None:
    said = misfit({"python": [3, 11], "packages": {"numpy": "2.10"}, **changed}, {"numpy": (2, 1)}, (3, 11))
    assert said.startswith(end) if end else not said


@pytest.mark.parametrize("on", ["", "dask:", "tcp://", "tcp://host", "http://host:1", "ray://host:port", "\x1b[2J"])
def test_what_is_no_cluster(on: str) -> None:
    with pytest.raises(SettingsError, match="is no cluster: give dask or ray") as raised:
        check_cluster(on)
    assert "\x1b" not in str(raised.value)


class FakeComparer(FakeDriver):
    """Workers that make searches; the first of those they have ends with its worker, so many times."""

    def __init__(self, deaths: int) -> None:
        super().__init__(set(), neighbours=False)
        self.deaths = deaths

    def received(self, timeout_s: float) -> Any:
        if (message := next(self.messages, None)) is not None:
            return message
        shared, *tasks = self.sent
        self.sent = [shared]
        outcomes: list[tuple[int, Any]] = [(task.first, task.search.pairs(shared.hashes)) for task in tasks]  # type: ignore[attr-defined]
        if self.deaths:
            self.deaths -= 1
            outcomes[0] = outcomes[0][0], WorkerDied("")
        return Done(outcomes)


@pytest.mark.parametrize("deaths", [0, 2, 99])
def test_hashes_are_compared_whatever_becomes_of_the_workers(
    deaths: int, index: FileIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_runner, "DriverProcess", FakeComparer(deaths))
    source, said = ClusterPartials("dask", CheckFiles(SETTINGS.checks, 1 << 28, own_process=True), 2, 10), list[str]()
    hooks = Hooks(lambda: False, lambda: None, said.append)
    hashes = some_hashes(1, 2000, flips=0.05)
    wanted = near_pairs(hashes, 4)
    ahead = Ahead([good(0, len(index) - 1)])
    with closing(source):
        monkeypatch.setattr(ClusterRunner, "run", lambda runner, chunks: iter([good(len(index) - 1, 1)]))
        assert sum(partial.files for partial in source.partials(index, 0, ahead, hooks)) == len(index)
        found = near_pairs(hashes, 4, compare=source.compare)
    assert [each.tolist() for each in found] == [each.tolist() for each in wanted]
    assert len(found[0]) > 100
    assert ("the rest of the hashes is compared on this machine" in said[-1]) == (deaths > 3)
