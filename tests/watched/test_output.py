"""The end of what a training prints, as a terminal would show it."""

from pathlib import Path

from inspector.watched.output import MOST_BYTES, MOST_LINES, OutputTail, as_shown, last_line


def test_a_progress_bar_is_there_once_and_colours_are_not() -> None:
    assert as_shown("\r 1 %\r50 %\r100 %\r\nnext\n") == "100 %\nnext\n"
    assert as_shown("\x1b[1;31mred\x1b[0m \x1b]0;title\x07bell\x07\x00") == "red bell"


def test_only_the_end_is_read_and_only_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "output.log"
    file.write_text("".join(f"line {number}\n" for number in range(MOST_BYTES // 5)))
    tail = OutputTail(str(file))
    text = tail.read()
    assert text is not None
    assert len(text.splitlines()) <= MOST_LINES
    assert text.splitlines()[-1] == f"line {MOST_BYTES // 5 - 1}"
    assert tail.read() is None
    with file.open("ab") as more:
        more.write(b"not \xff utf-8")
    assert (tail.read() or "").endswith("not \ufffd utf-8")
    assert last_line(str(file)) == "not \ufffd utf-8"
    assert last_line(str(tmp_path / "gone")) == ""
