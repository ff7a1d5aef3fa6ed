"""`inspector scan --clean-shards`, run as a user runs it."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.command import COMMAND, ROOT, run
from tests.sources.containers.samples import photographs
from tests.sources.containers.tars import write_tar


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tars with all photographs, of which 8 are bad."""
    folder = tmp_path_factory.mktemp("shards")
    members = photographs()
    write_tar(folder / "train-0.tar", members[:16])
    write_tar(folder / "train-1.tar", members[16:])
    return folder


@pytest.mark.slow
def test_the_good_samples_are_in_shards_of_the_same_names(shards: Path, tmp_path: Path) -> None:
    done = run(
        "scan", shards, "--clean-shards", tmp_path / "clean", "--without", "all", "--keep", tmp_path / "keep.txt"
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        f"2 clean shards written to {tmp_path / 'clean'}: 18 samples, without 8.",
    )
    again = run("scan", tmp_path / "clean", "--without", "all")
    assert again.returncode == 0
    assert "18 good" in again.stdout
    kept = {line.partition("::")[0] for line in (tmp_path / "keep.txt").read_text().splitlines()}
    assert len(kept) == 18
    resumed = run("scan", shards, "--clean-shards", tmp_path / "clean", "--without", "all")
    assert "2 clean shards written to" in resumed.stdout
    assert ", 2 of them before:" in resumed.stdout


def test_what_checks_found_can_be_left_out(shards: Path, tmp_path: Path) -> None:
    options: list[str | Path] = [
        "--only",
        "near-duplicate,blurry",
        "--leave-out",
        "near-duplicate,blurry",
        "--keep",
        tmp_path / "keep.txt",
    ]
    done = run("scan", shards, "--clean-shards", tmp_path / "clean", *options)
    assert "13 samples, without 13" in done.stdout
    assert len((tmp_path / "keep.txt").read_text().splitlines()) == 13


def test_a_full_disk_is_a_sentence_and_the_scan_need_not_be_repeated(shards: Path, tmp_path: Path) -> None:
    command = shlex.join([*COMMAND, "scan", str(shards), "--clean-shards", str(tmp_path / "clean")])
    full = subprocess.run(
        ["bash", "-c", f"ulimit -f 200; {command}"], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert "the disk is full; 0 of 2 shards are done" in full.stderr
    resume = re.search(r"Resume with: inspector (scan --resume (\S+) --clean-shards \S+)", full.stderr)
    assert resume is not None
    try:
        done = run(*shlex.split(resume[1]))
    finally:
        Path(resume[2]).unlink()
    assert "2 clean shards written" in done.stdout, done.stderr
    assert "26 files checked" in done.stdout
    said = re.findall(r"^  near-duplicate +4  ", full.stdout + done.stdout, re.MULTILINE)
    assert len(said) == 2  # what only the whole set shows is found once


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--clean-shards", "{shards}"], "clean ones must go to another folder"),
        (["--clean-shards", "{shards}/train-0.tar"], "is a file"),
        (["--leave-out", "blurry"], "--keep and --clean-shards"),
        (["--leave-out", "colour", "--keep", "x"], "no such check"),
    ],
)
def test_mistakes_are_sentences_before_anything_is_checked(shards: Path, options: list[str], sentence: str) -> None:
    done = run("scan", shards, *(option.format(shards=shards) for option in options))
    assert sentence in done.stderr
    assert done.returncode in (1, 2)
    assert "checked" not in done.stdout
    assert {path.name for path in shards.iterdir()} == {"train-0.tar", "train-1.tar"}


def test_files_have_no_shards(sample: Path, tmp_path: Path) -> None:
    done = run("scan", sample, "--clean-shards", tmp_path / "clean")
    assert "clean shards are written of tars and Parquet files" in done.stderr
    assert not (tmp_path / "clean").exists()
