"""The report as a page: what stands in it, and that nothing from outside becomes markup."""

import base64
import os
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from inspector.doctor.findings import Diagnostic, Level
from inspector.doctor.summary import summary
from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.counters import Rates
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import BatchView, Machine, RunState, Series, SettingChange, Snapshot, Thumbnail
from inspector.report.content import Content
from inspector.report.page import MOST_PROBLEMS, page
from inspector.report.pictures import MOST_TILES
from inspector.settings import SessionConfig, plain_values
from inspector.tuner.report import Report
from inspector.tuner.trials import Trial, TrialSetting

SOURCE = "/data/photos"
HOSTILE = "<img src=x onerror=alert(1)>.jpg"
COLOURS = {"name": "any", "window": "#ffffff", "text": "#000000"}
MACHINE = (
    Diagnostic("Machine", "cores", "2 usable"),
    Diagnostic("Machine", "memory", "1 MB", Level.WARNING, "get <more>"),
)
TRIALS = tuple(
    Trial(TrialSetting(workers), rate, rate - 9, rate + 9, None, None, None, 5)
    for workers, rate in ((0, 90.0), (1, 100.0), (2, 200.0))
)


def transform(image: object) -> object:
    return image


def thumbnail(path: str = f"{SOURCE}/a.jpg", colour: tuple[int, int, int] = (200, 30, 60)) -> Thumbnail:
    return Thumbnail(np.full((120, 160, 3), colour, np.uint8), path, 0, None, 480, 640)


def view(*thumbnails: Thumbnail, skipped: tuple[Problem, ...] = ()) -> BatchView:
    return BatchView(4, 1, "8×224×224×3", "uint8", thumbnails, skipped)


def series(changes: tuple[SettingChange, ...] = ()) -> Series:
    time_s = np.arange(100.0, 120.0)
    rates = np.linspace(10, 20, 20)
    rates[5:8] = np.nan
    return Series(time_s, rates, 32 * rates, rates / 4, np.full(20, 8.0), changes)


def problem(path: str, kind: ProblemKind = ProblemKind.TRUNCATED, reason: str = "The file stops early.") -> Problem:
    return Problem(path, kind, reason)


CONFIG = SessionConfig(num_workers=2, batch_size=24, image_size=(224, 160), transform=transform, step_ms=12.0)


def content(**changes: object) -> Content:
    snapshot = Snapshot(
        time_s=120.0, state=RunState.RUNNING, message="", source=SOURCE, files=1000, classes=0,
        settings=plain_values(CONFIG), rates=Rates(2.0, 51.3, 1642.0, 80.0, 0.4, 0.38, 0.97),
        batches=500, images=16_000, skipped=3, restarts=0, epoch=2, queue_depth=0, loader_memory_bytes=1, workers=(),
        machine=Machine(usable_cores=8), problems=3, batch_serial=1,
    )  # fmt: skip
    written_at = datetime(2031, 5, 17, 14, 2, tzinfo=UTC)
    base = Content(written_at=written_at, program="inspector 9.9", snapshot=snapshot, series=series(), problems=[])
    return replace(base, **changes)  # type: ignore[arg-type]


def sweep(**changes: object) -> Report:
    base = Report(
        source=SOURCE, fingerprint=7, files=120, measured_at="2031-05-16T10:00:00+01:00",
        recommended=TRIALS[2].setting, reason="2 workers load 200 images/s.", cautions=("The files lay in memory.",),
        limit="cores", images_per_s=200.0, memory_bytes=None, data_wait=None, checked=False, cannot_tell_from=(),
        trials=TRIALS, complete=True, seconds=30.5, step_ms=0.0, image_size=(224, 224), usable_cores=1.5,
        cached=None, cold=False, notes=(),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


class Parsed(HTMLParser):
    """What a browser makes of a page: elements that are open at the end, tags, attributes, texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


def parsed(made: Content) -> Parsed:
    html = page(made, MACHINE, COLOURS, COLOURS)
    html.encode("utf-8")
    found = Parsed(html)
    assert found.open == []
    return found


def test_it_tells_all_that_there_is() -> None:
    proofs = (Proof(ColourMatch.RGB, "A second decoder gives the same colours.", "RGB", matches=True),) * 2
    bad = problem(f"{SOURCE}/bad.jpg", ProblemKind.EMPTY, "The file is empty: 0 bytes.")
    change = SettingChange(110.0, "num_workers", 1, 2)
    found = parsed(
        content(
            problems=[bad],
            sweep=sweep(),
            series=series((change,)),
            view=view(thumbnail(), thumbnail(), skipped=(bad,)),
            proofs=proofs,
        )
    )
    for words in (
        "data / photos", "/data/photos · 1,000 files · 2031-05-17 14:02 +0000 · inspector 9.9",
        "51.3 /s", "1,642 /s", "38 %", "Training waits 38 % of the time", "1: workers 1→2, 9 s ago",
        "2 workers, batch size 32", "2 workers load 200 images/s.", "The files lay in memory.",
        "All 2 coloured images are RGB: proved with a second decoder", "Batch 4 of epoch 1: 8×224×224×3, uint8",
        "1 EMPTY", "bad.jpg EMPTY The file is empty: 0 bytes.", "batch_size 24", "image_size 224 × 160",
        f"transform {__name__}:transform", "step_ms 12 ms", "cores 2 usable", "memory 1 MB – warning: get <more>",
    ):  # fmt: skip
        assert words in found.text
    assert (found.tags["svg"], found.tags["img"], found.tags["circle"]) == (3, 2, 1)


def test_names_never_become_markup() -> None:
    evil = f"{SOURCE}/{HOSTILE}"
    bad = problem(evil, reason=f"Found {HOSTILE}")
    undecodable = problem(os.fsdecode(b'/data/photos/"><script>\xff\n.png'))
    quoted = replace(thumbnail(f'{SOURCE}/" onload="alert(2)'), problem=bad)
    made = content(
        problems=[bad, undecodable],
        view=view(thumbnail(evil), quoted, skipped=(bad, undecodable)),
        sweep=sweep(reason=HOSTILE, cautions=(HOSTILE,), notes=(HOSTILE,), measured_at=HOSTILE),
        series=series((SettingChange(110.0, HOSTILE, HOSTILE, HOSTILE),)),
        program=HOSTILE,
    )
    made = replace(made, snapshot=replace(made.snapshot, source=SOURCE, state=RunState.FAILED, message=HOSTILE))
    found = parsed(made)
    assert found.text.count(HOSTILE) >= 8
    assert '"><script>\\xff\\n.png' in found.text
    assert found.tags["script"] == 0
    assert found.tags["img"] == 2
    assert all(
        value and value.startswith("data:image/jpeg;base64,") for name, value in found.attributes if name == "src"
    )
    assert not [name for name, _ in found.attributes if name.startswith("on")]


def test_a_folders_name_never_becomes_markup() -> None:
    made = content()
    found = parsed(replace(made, snapshot=replace(made.snapshot, source=f"/data/{HOSTILE}\udcff")))
    assert f"data / {HOSTILE}\\xff" in found.text
    assert found.tags["img"] == 0


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = page(content(sweep=sweep(), view=view(thumbnail())), MACHINE, COLOURS, COLOURS)
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|url\(|@import|<link|<script", html)


def test_without_batch_sweep_and_problems() -> None:
    found = parsed(content())
    assert "None so far." in found.text
    assert "Tuner" not in found.texts
    assert "Batch" not in found.texts
    assert found.tags["svg"] == 2


def test_before_a_folder_is_open() -> None:
    made = content()
    nothing = np.zeros(0)
    empty = Series(nothing, nothing, nothing, nothing, nothing)
    closed = replace(made.snapshot, state=RunState.CLOSED, source="", files=0, rates=Rates(0.0), skipped=0)
    found = parsed(replace(made, snapshot=closed, series=empty))
    assert found.tags["svg"] == 0
    assert "No folder" in found.text
    assert "Skipped –" in found.text


def test_what_is_not_known_is_a_gap_in_the_line() -> None:
    html = page(content(), MACHINE, COLOURS, COLOURS)
    line = re.search(r'class="line" d="([^"]+)"', html)
    assert line is not None
    assert line[1].count("M") == 2
    assert "nan" not in line[1]


def test_very_many_problems_stay_small_and_are_counted() -> None:
    few = [problem(f"{SOURCE}/{number}.jpg") for number in range(99_000)]
    many = [*few, *(problem(f"{SOURCE}/e{number}.jpg", ProblemKind.EMPTY) for number in range(1000))]
    html = page(content(problems=many), MACHINE, COLOURS, COLOURS)
    assert len(html) < 60_000
    found = Parsed(html)
    assert found.tags["tr"] == MOST_PROBLEMS + 1
    assert "99,000 TRUNCATED 1,000 EMPTY" in found.text
    assert f"The first {MOST_PROBLEMS} of 100,000; 99,950 are left out." in found.text


def test_a_large_batch_shows_its_first_tiles() -> None:
    skipped = tuple(problem(f"{SOURCE}/bad-{number}.jpg") for number in range(11))
    found = parsed(content(view=view(*[thumbnail()] * 200, skipped=skipped)))
    assert found.tags["figcaption"] == MOST_TILES + 2  # and one for each plot
    assert "Not shown: 176 more images of this batch, 3 more skipped files." in found.text


@pytest.mark.parametrize("colour", [(250, 0, 0), (0, 0, 250)])
def test_red_stays_red_in_the_pictures(colour: tuple[int, int, int]) -> None:
    found = parsed(content(view=view(thumbnail(colour=colour))))
    uri = next(unescape(value) for name, value in found.attributes if name == "src" and value)
    data = np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    assert picture.shape == (108, 144, 3)
    assert np.abs(picture.mean(axis=(0, 1)) - colour).max() < 12


def test_a_sweep_that_found_nothing_is_told() -> None:
    nothing = sweep(recommended=None, reason="Nothing was measured.", trials=(), complete=False)
    found = parsed(content(sweep=nothing))
    assert "Nothing was measured." in found.text
    assert "cancelled before its end" in found.text


def test_the_machine_is_looked_at_without_processes_of_its_own() -> None:
    found = {each.name: each.value for each in summary()}
    assert cv2.__version__ in found["packages"]
    assert "usable" in found["cores"]
    assert found["system"]
