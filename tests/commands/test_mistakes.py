"""What a new user gets wrong ends in one sentence with the next step, and status 2."""

from pathlib import Path

import pytest

from inspector import Loader
from inspector.cli import main
from inspector.errors import NoImagesError, SourceError
from inspector.path_advice import about_page


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("photos/cat", "empty", "texts", "clips"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("train.py", "note.ipynb", "clip.mp4", "data.yaml", "clips/a.mp4", "texts/a.md"):
        (tmp_path / name).touch()
    for name in ("photos/cat/0.jpg", "photos/cat/1.jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


FOUND_NOTHING = (["bench", "empty"], ["bench", "photos/*.png"])  # looked at, as is right, and without an image


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["train.py"], "inspector run train.py"),
        (["scan", "clip.mp4"], "save its frames as images"),
        (["watch", "note.ipynb"], "inspector.watch()"),
        (["bench", "phtoos"], "did you mean photos?"),
        (["tune", "photos/cta"], "did you mean photos/cat?"),
        (["watch", "'photos'"], "did you mean photos?"),
        (["watch", "photos "], "did you mean photos?"),
        (["watch", "photos\\cat"], "did you mean photos/cat?"),
        (["watch", "C:\\photos"], "a path of Windows is unknown"),
        (["scan", "https://host/u/n.git"], "git clone"),
        (["scan", "git@host:u/n.git"], "git clone"),
        (["scan", "user/name"], "hf://datasets/user/name"),
        (["bench", "photos/cat/0.jpg", "photos/cat/1.jpg"], "takes one PATH"),
        (["bench", "photos", "--report", "x.html"], "an option of inspector run"),
        (["bench", "photos", "--wrkers", "1"], "did you mean --workers?"),
        (["scann", "photos"], "did you mean inspector scan photos?"),
        (["atach"], "inspector attach?"),
        (["watch", "--dataset", "train.py"], "train.py:NAME"),
        (["bench", "empty"], "in empty, which is empty: choose"),
        (["scan", "texts"], "which has .md files"),
        (["scan", "clips"], "which has .mp4 files; for a video: save its frames as images"),
        (["scan", "data.yaml"], "give the folder of images that it names"),
        (["bench", "photos/*.png"], "no image and no shard matches photos/*.png"),
        (["run"], "inspector run train.py"),
        (["run", "photos/"], "to see its images: inspector photos/"),
        (["run", "photos/cat/0.jpg"], "to see its images: inspector photos/cat/0.jpg"),
        (["run", "trian.py"], "did you mean train.py?"),
        (["run", "note.ipynb"], "inspector.watch()"),
        (["attach", "photos/"], "to see its images: inspector photos/"),
    ],
)
def test_the_next_step(arguments: list[str], advice: str, capfd: pytest.CaptureFixture[str]) -> None:
    try:
        status: int | str | None = main(arguments)
    except SystemExit as ended:
        status = ended.code
    message = capfd.readouterr().err
    assert status == (1 if arguments in FOUND_NOTHING else 2)
    assert message.startswith("inspector: ")
    assert message.count("\n") == 1
    assert advice in message


def test_loader_says_the_same() -> None:
    with pytest.raises(SourceError, match=r"inspector run train\.py"):
        Loader("train.py")
    with pytest.raises(SourceError, match=r"Did you mean photos\?$"):
        Loader("phtoos")
    with pytest.raises(NoImagesError, match="which is empty"):
        Loader("empty")


@pytest.mark.parametrize(
    ("host", "path", "advice"),
    [
        ("github.com", "user/photos", "clone"),
        ("www.github.com", "user/photos/tree/main/data", "clone"),
        ("huggingface.co", "datasets/user/photos/viewer", "hf://datasets/user/photos"),
        ("huggingface.co", "user/model", ""),
        ("host", "user/photos", ""),
    ],
)
def test_the_page_of_a_data_set(host: str, path: str, advice: str) -> None:
    assert (advice in about_page(host, path)) if advice else not about_page(host, path)
