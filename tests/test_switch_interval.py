"""Turns are short only for as long as they should be."""

import sys
from pathlib import Path

import pytest

from inspector.monitor.records import RunState
from inspector.session.local import LocalSession
from inspector.switch_interval import TURN_S, short_switch_interval
from tests.session.test_local import wait_for


def test_turns_are_as_before_afterwards_whatever_happens() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(KeyError), short_switch_interval():  # noqa: PT012
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
        raise KeyError
    assert sys.getswitchinterval() == usual


@pytest.mark.slow
def test_turns_are_short_while_a_session_looks_for_files(tmp_path: Path) -> None:
    usual = sys.getswitchinterval()
    files = tmp_path / "files.txt"
    files.write_text("1.jpg\n" * 3_000_000)
    session = LocalSession()
    try:
        session.open(str(files))
        wait_for(session, lambda seen: seen.files > 0 and sys.getswitchinterval() == pytest.approx(TURN_S))
        session.cancel_indexing()
        wait_for(session, lambda seen: seen.state is RunState.CLOSED)
        assert sys.getswitchinterval() == usual
    finally:
        session.close()
