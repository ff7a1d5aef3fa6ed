"""A real training, seen as a view sees it: the page that is written at its end has what its loader did."""

from pathlib import Path

from tests.hook.conftest import Run


def test_the_page_has_the_loader_its_pictures_and_the_error_with_its_traceback(watched: Run, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    arguments = ("--workers", "2", "--context", "fork", "--fails-at", "13", "--epochs", "1")
    done = watched("toy.py", *arguments, options=("--report", str(page)))
    assert done.returncode == 1
    text = page.read_text("utf-8")
    assert "The training has ended with exit status 1." in text
    assert "train_loader" in text
    assert "data:image/jpeg" in text or done.loader()["batches"] == 0
    assert "ValueError at index 13, in worker" in text
