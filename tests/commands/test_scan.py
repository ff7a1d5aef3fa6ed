"""`inspector scan`, run as a user runs it: what it prints, what it writes, and its exit status."""

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from inspector.commands.scan_output import write
from inspector.scan.scan import Scan
from tests.command import COMMAND, ROOT, run
from tests.make_sample import BAD_FILES


def result(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("scan", *arguments, "--json", "-").stdout)
    return found


def test_the_sample_has_problems(sample: Path, tmp_path: Path) -> None:
    done = run("scan", sample, "--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv", "--workers", "2")
    assert done.returncode == 1
    assert "70 files checked" in done.stdout
    assert "TRUNCATED                 5" in done.stdout
    assert "TRUNCATED  photo/bad-truncated-half.jpg  The JPEG data stop" in done.stderr
    found = json.loads((tmp_path / "out.json").read_text())
    assert found.keys() == {"files", "good", "outside", "seconds", "problems", "findings", "annotations"}
    assert {os.path.relpath(problem["path"], sample): problem["kind"] for problem in found["problems"]} == BAD_FILES
    assert all(problem.keys() == {"path", "kind", "reason", "bytes"} for problem in found["problems"])
    about_two = {"duplicate", "near-duplicate", "leak", "conflict"}
    for finding in found["findings"]:
        links = {"other", "group"} if finding["check"] in about_two else set()
        assert finding.keys() == {"path", "check", "reason", *links}
    assert (found["files"], found["good"]) == (70, 70 - len(BAD_FILES))
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len(found["problems"]) + len(found["findings"])


@pytest.mark.slow
def test_the_report_has_a_contact_sheet_of_each_finding(sample: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run("scan", sample / "photo", "--report", page, "--only", "near-duplicate,blurry")
    text = page.read_text("utf-8")
    assert "Near duplicate · " in text
    assert "clock-blurred.jpg: It is blurred" in text
    assert "The JPEG data stop" in text
    assert text.count('<img src="data:image/jpeg;base64,') > 10
    assert "<script" not in text
    assert "cannot be written" in run("scan", sample, "--report", "/nowhere/page.html").stderr


def test_the_report_shows_samples_of_containers(sample: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as made:
        for name in ("1.jpg", "2.jpg"):
            made.write(sample / "photo" / "china.jpg", name)
    run("scan", tmp_path / "all.zip", "--report", tmp_path / "page.html", "--only", "duplicate")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.count('<img src="data:image/jpeg;base64,') == 2
    assert text.count('class="tiles group"') == 1


@pytest.mark.slow
def test_findings_are_no_errors(sample: Path, tmp_path: Path) -> None:
    shutil.copy(sample / "chart" / "colours.png", tmp_path / "one.jpg")
    shutil.copy(sample / "chart" / "colours.png", tmp_path / "two.png")
    done = run("scan", tmp_path, "--json", "-")
    assert done.returncode == 0
    assert "2 good" in done.stderr
    found = json.loads(done.stdout)
    assert {finding["check"] for finding in found["findings"]} == {"extension", "duplicate"}
    assert result(tmp_path, "--without", "extension,duplicate")["findings"] == []
    assert result(tmp_path, "--without", "all")["findings"] == []
    assert {finding["check"] for finding in result(tmp_path, "--only", "extension")["findings"]} == {"extension"}
    assert len(result(tmp_path, "--only", "small", "--min-side", "5000")["findings"]) == 2


@pytest.fixture
def linked(sample: Path, tmp_path: Path) -> Path:
    """A folder with one image of its own, and links to four outside."""
    folder = tmp_path / "linked"
    folder.mkdir()
    shutil.copy(sample / "chart" / "colours.png", folder / "own.png")
    others = [sample / "photo" / name for name in ("astronaut.jpg", "china.jpg", "rocket.jpg")]
    (tmp_path / "elsewhere").mkdir()
    for file in others:
        shutil.copy(file, tmp_path / "elsewhere")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "link.png").symlink_to(sample / "chart" / "colours.png")
    return folder


@pytest.mark.slow
def test_how_many_files_links_lead_to_is_said_and_they_can_be_left_out(linked: Path) -> None:
    said = "4 of 5 files lie outside the folder, behind links"
    scanned = run("scan", linked, "--json", "-")
    found = json.loads(scanned.stdout)
    assert said in scanned.stderr
    assert (found["files"], found["outside"]) == (5, 4)
    scanned = run("scan", linked, "--no-links", "--json", "-")
    found = json.loads(scanned.stdout)
    assert "outside" not in scanned.stderr
    assert (found["files"], found["outside"]) == (1, 0)
    bench = "bench", linked, "--seconds", "0.2", "--workers", "0"
    assert said in run(*bench).stdout
    measured = json.loads(run(*bench, "--json").stdout)
    assert (measured["files"], measured["outside"]) == (5, 4)
    measured = json.loads(run(*bench, "--json", "--no-links").stdout)
    assert (measured["files"], measured["outside"]) == (1, 0)


@pytest.mark.slow
def test_what_is_not_loaded_is_said(sample: Path, tmp_path: Path) -> None:
    shutil.copy(sample / "chart" / "colours.png", tmp_path)
    (tmp_path / "train-000.tar").write_bytes(bytes(1024))
    said = f"1 container beside the images is not loaded: give {tmp_path}/train-000.tar for it"
    assert f"{said}.\n" in run("scan", tmp_path, "--without", "all").stdout
    assert said in run("bench", tmp_path, "--seconds", "0.2", "--workers", "0").stdout


def test_standard_output_is_only_the_json(sample: Path) -> None:
    done = run("scan", sample, "--json", "-")
    assert json.loads(done.stdout)["files"] == 70
    assert "70 files checked" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "colour"], "no check called colour"),
        (["--min-side", "0"], "--min-side"),
        (["--max-aspect", "0.1"], "--max-aspect"),
        (["--json", "/nowhere/out.json"], "/nowhere/out.json"),
        (["--csv", "/"], "cannot be written"),
        (["--json", "-", "--csv", "-"], "standard output"),
        (["--json", "out", "--csv", "./out"], "--json and --csv"),
        (["--workers", "-1"], "--workers"),
        (["--resume", "/nowhere/partial.json"], "/nowhere/partial.json"),
        (["--resume", "x", "--only", "small"], "--resume"),
        (["--resume", "x", "--no-links"], "leave out --no-links"),
        (["--resume", "x", "--extensions", "png"], "leave out --extensions"),
        (["--splits", "a,b,a"], "--splits must be different folders, and a is there twice"),
        (["--splits", "nowhere"], "no image lies in a folder called nowhere"),
        (["--json", "/"], "it is a folder"),
        (["--max-grey", "nan"], "--max-grey must be 0 to 255, not nan"),
        (["--size-range", "-1"], "--size-range"),
        (["--max-distance", "inf"], "--max-distance"),
        (["--max-imbalance", "inf"], "--max-imbalance"),
        (["/nowhere"], "/nowhere"),
    ],
)
def test_errors_of_use(arguments: list[str], told: str) -> None:
    done = run("scan", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_table_on_standard_output(sample: Path) -> None:
    done = run("scan", sample / "photo", "--csv", "-", "--without", "all")
    assert {row["kind"] for row in csv.DictReader(io.StringIO(done.stdout))} >= {"TRUNCATED", "EMPTY"}
    assert "files checked" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_what_was_found_is_not_lost_where_the_disk_is_full(option: str, sample: Path, tmp_path: Path) -> None:
    """And a device is written to, not put out of the way by a file."""
    done = run("scan", sample / "photo", option, "/dev/full", TMPDIR=str(tmp_path))
    assert done.returncode == 2
    assert "files checked" in done.stdout
    told = done.stderr.splitlines()[-1]
    assert told.startswith("inspector: /dev/full: cannot be written: No space left on device")
    (kept,) = tmp_path.glob("inspector-scan-*.json")
    assert told.endswith(f"what was found is in {kept}")
    assert json.loads(kept.read_text())["problems"]
    assert Path("/dev/full").is_char_device()


def test_a_link_stays_a_link(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("out.json")
    run("scan", sample / "chart", "--json", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "out.json").read_text())["files"]
    assert len(list(tmp_path.iterdir())) == 2


def test_an_empty_folder_is_an_error_of_use(tmp_path: Path) -> None:
    done = run("scan", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path) in done.stderr


@pytest.fixture
def many(photos: Path, tmp_path: Path) -> Path:
    """2,400 files, which take long enough to be interrupted."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20):
        for photo in photos.iterdir():
            os.link(photo, folder / f"{number:02}-{photo.name}")
    (folder / "00-empty.jpg").touch()
    return folder


def wait_for_a_result(child: subprocess.Popen[str]) -> None:
    """Results come while it runs; on a busy machine its progress comes before."""
    assert child.stderr is not None
    assert any(line.startswith("EMPTY") for line in child.stderr)


def test_ctrl_c_again_and_again_loses_nothing(many: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    command = [*COMMAND, "scan", str(many), "--json", str(kept), "--only", "duplicate", "--workers", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        wait_for_a_result(child)
        while child.poll() is None:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.02)
    assert child.returncode == 130
    assert json.loads(kept.read_text())["complete"] is False


@pytest.mark.slow
def test_a_scan_that_has_checked_nothing_replaces_no_earlier_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "files.txt").write_text("1.jpg\n" * 3_000_000)  # takes a second to be read
    earlier = tmp_path / "earlier.json"
    earlier.write_text("an earlier result")
    scan = Scan(str(tmp_path / "files.txt"))
    scan.start()
    scan.cancel()
    assert scan.wait(200)
    assert write(scan, str(earlier), None) == (None, None)
    scan.close()
    assert earlier.read_text() == "an earlier result"
    assert "left as it was" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_found_and_it_goes_on_later(many: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    command = [*COMMAND, "scan", str(many), "--json", str(kept), "--only", "duplicate", "--workers", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        wait_for_a_result(child)
        child.send_signal(signal.SIGINT)
        printed, _ = child.communicate(timeout=200)
    assert child.returncode == 130
    assert "Cancelled: " in printed
    assert f"Resume with: inspector scan --resume {kept}" in printed
    partial = json.loads(kept.read_text())
    assert partial["complete"] is False
    assert 0 < partial["files"] < 2401
    done = run("scan", "--resume", kept, "--json", kept)
    assert done.returncode == 1
    whole = json.loads(kept.read_text())
    assert "complete" not in whole
    assert (whole["files"], whole["good"]) == (2401, 2400)
    assert len(whole["findings"]) == 2400 - 120
    assert [problem["kind"] for problem in whole["problems"]] == ["EMPTY"]
    assert run("scan", "--resume", kept).returncode == 2


@pytest.mark.slow
def test_scores_of_every_sample(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    assert run("scan", sample, "--scores", out, "--without", "all").returncode == 1
    lines = out.read_text().splitlines()
    assert len(lines) == 71
    assert lines[0].startswith("location,class,split,problem,bytes,width,height,blurry,")
    done = run("scan", sample / "chart", "--scores", "-")
    assert done.stdout.startswith("location,")
    assert "files checked" in done.stderr


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("scores.txt", "scores are written as CSV or Parquet"),
        ("nowhere/scores.csv", "its folder must exist and be writable"),
        ("full.csv", "cannot be written: No space left on device"),
        ("full.parquet", "cannot be written: No space left on device"),
    ],
)
def test_scores_that_cannot_be_written(file: str, message: str, sample: Path, tmp_path: Path) -> None:
    for name in ("full.csv", "full.parquet"):
        (tmp_path / name).symlink_to("/dev/full")
    done = run("scan", sample / "chart" / "colours.png", "--scores", tmp_path / file)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob(".inspector-*"))
    _, kept, place = done.stderr.partition("what was found is in ")
    assert bool(kept) == file.startswith("full")
    if kept:
        Path(place.strip()).unlink()


def test_a_name_that_no_list_can_have_is_not_lost_silently(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("a\nb.jpg", "c\u202ed.jpg", "e\udcff.jpg", "<i>.jpg"):
        shutil.copy(sample / "photo" / "china.jpg", folder / name)
    outputs = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "html", "txt")}
    options = zip(("--json", "--csv", "--report", "--keep"), outputs.values(), strict=True)
    done = run("scan", folder, *(part for option in options for part in option), "--only", "duplicate")
    assert done.returncode == 0
    [said] = [line for line in done.stderr.splitlines() if "line break" in line]
    assert said.startswith(
        f"{outputs['txt']}: 1 good sample left out, since no list can have a name with a line break: "
    )
    assert len(outputs["txt"].read_bytes().splitlines()) == 3
    others = {finding["path"] for finding in json.loads(outputs["json"].read_text())["findings"]}
    assert len(others) == 3
    with outputs["csv"].open(encoding="utf-8", errors="surrogateescape", newline="") as table:
        assert {row["path"] for row in csv.DictReader(table)} == others
    html = outputs["html"].read_text(encoding="utf-8", errors="surrogateescape")
    assert "<i>.jpg" not in html
    assert "\u202e" not in html


_SLOW_AT_THE_END = """
import os, sys, time
seen = []
def slow(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".part") and not seen:
        seen.append(1)
        print("writes", file=sys.stderr, flush=True)
        time.sleep(100)
sys.addaudithook(slow)
"""


def test_ctrl_c_while_results_are_written_loses_none(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SLOW_AT_THE_END)
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    command = [*COMMAND, "scan", str(sample / "photo"), "--json", str(tmp_path / "out.json"), "--workers", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environ) as child:
        assert child.stderr is not None
        assert any(line == "writes\n" for line in child.stderr)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=200)
    assert child.returncode == 130
    (kept,) = tmp_path.glob("inspector-scan-*.json")
    assert said.splitlines()[-1] == f"inspector: what was found is in {kept}"
    assert len(json.loads(kept.read_text())["problems"]) > 5
    assert not (tmp_path / "out.json").exists()
