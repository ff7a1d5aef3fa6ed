"""Reading over a network in one line: as it is shown above the workers and in a terminal."""

from dataclasses import replace

import pytest

from inspector.monitor.reads_text import reads_text, worker_reads_text
from inspector.monitor.records import Series
from inspector.monitor.verdict.verdict import verdict
from inspector.sources.remote.counts import ReadCounts
from inspector.terminal.recent_problems import RecentProblems
from inspector.terminal.screen import ScreenContent, draw
from tests.monitor.test_network_verdict import FAR, remote
from tests.monitor.test_verdict import snapshot


def test_rates_latency_what_is_in_flight_and_retries() -> None:
    given = remote(FAR._replace(retries=1), requests_per_s=312.0, retries_per_s=0.5)
    assert reads_text(given) == "312 requests/s · 21 ms, 35 at p95 · 32 in flight, 3.2 MB · 2 retries"
    assert worker_reads_text(FAR) == "5,000 requests · 21 ms, 35 at p95 · 16 in flight, 1.6 MB · no retries"
    assert worker_reads_text(FAR._replace(retries=12, throttled=9)).endswith("· 12 retries, 9 throttled")


def test_what_is_not_known_is_a_dash_and_a_folder_has_no_line() -> None:
    assert reads_text(remote(ReadCounts())) == "– · –, – at p95 · 0 in flight, 0 B · no retries"
    assert reads_text(snapshot()) == ""
    assert snapshot().reads is None


def test_the_terminal_has_that_line(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np
    from rich.console import Console

    none = np.zeros(0)
    for given, expected in ((remote(FAR, requests_per_s=312.0), True), (replace(snapshot()), False)):
        content = ScreenContent(given, Series(none, none, none, none, none), RecentProblems(), verdict(given), False)
        Console(width=120).print(draw(content, 120, 30))
        assert ("network  312 requests/s · 21 ms, 35 at p95" in capsys.readouterr().out) is expected
