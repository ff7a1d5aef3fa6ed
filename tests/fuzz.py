"""`python -m tests.fuzz --minutes 10`: mutated bytes through every parser of what comes from outside.

A parser may refuse what it is given, with the errors that it documents. Anything else ends the run with status 1, and
the input stays in the file that is named; so it does where the process dies. With atheris installed its mutations are
guided by coverage (one target for each run: `--target`), else they are random.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from inspector.errors import InspectorError
from inspector.formats.byte_markers import SHOWN_BYTES, byte_markers
from inspector.formats.decode import BadFile, decode
from inspector.formats.headers import peek
from inspector.loader.planning.checkpoint import position_of, state_of
from inspector.loader.planning.samples import Position
from inspector.outside_json import OutsideJsonError, parsed
from inspector.quarantine import read_manifest
from inspector.quarantine.manifest import KIND, VERSION
from inspector.redirect import decoders_silenced
from inspector.scan.persistence import read_partial
from inspector.session.examiner.frames import FrameError, lengths
from inspector.session.examiner.messages import Answer, decode_answer, encode_answer
from inspector.session.examiner.records import FileExamination
from inspector.settings import LoaderConfig
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.dataset import DatasetIndex
from inspector.sources.file_index import FileIndex
from inspector.tuner.report import Report
from inspector.ui.shell.preferences import Preferences
from tests.conftest import ROOT
from tests.scan.against_pillow import originals
from tests.sources.containers.fuzzed import CONTAINERS, try_all
from tests.sources.containers.fuzzed import seeds as container_seeds

Target = Callable[[bytes, Path], None]
_MOST_PIXELS = 1 << 20
_SPLICES = (
    b"\0" * 8,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"[" * 2000,
    b"null",
    b"-1",
    b"1e999",
    b"\n",
    b"\\udcff",
    b"..",
)


def image(data: bytes, _place: Path) -> None:
    """Headers and pixels of any format."""
    with contextlib.suppress(BadFile):
        decode(data, header=peek(data), max_pixels=_MOST_PIXELS)
    byte_markers(data[:SHOWN_BYTES], data[-SHOWN_BYTES:], len(data), "a.jpg")


def manifest(data: bytes, place: Path) -> None:
    """Files moved aside."""
    file = place / "m.jsonl"
    file.write_bytes(data)
    with contextlib.suppress(InspectorError):
        read_manifest(str(file))


def partial_scan(data: bytes, place: Path) -> None:
    """What --resume takes."""
    file = place / "r.json"
    file.write_bytes(data)
    with contextlib.suppress(InspectorError):
        read_partial(file, str(place), 1)


def sweep(data: bytes, _place: Path) -> None:
    """Earlier sweeps."""
    with contextlib.suppress(ValueError):
        Report.from_dict(parsed(data))


def settings(data: bytes, place: Path) -> None:
    """What the window remembers."""
    file = place / "window.json"
    file.write_bytes(data)
    found = Preferences(file)
    found.layout(), found.recent, found.choices


def path_list(data: bytes, place: Path) -> None:
    """A list of files."""
    file = place / "list.txt"
    file.write_bytes(data)
    with contextlib.suppress(InspectorError):
        len(FileIndex.scan(str(file)))


def frame(data: bytes, _place: Path) -> None:
    """What the examiner's child sends."""
    with contextlib.suppress(FrameError):
        lengths(data[:8].ljust(8, b"\0"))


def answer(data: bytes, _place: Path) -> None:
    """The same, behind its lengths."""
    with contextlib.suppress(msgspec.MsgspecError):
        decode_answer(data, bytes(100))


def checkpoint(data: bytes, _place: Path) -> None:
    """What `Loader.load_state_dict` takes, from JSON."""
    with contextlib.suppress(InspectorError, OutsideJsonError):
        position_of(parsed(data), LoaderConfig(), DatasetIndex([0] * 9))


def container(form: ContainerFormat) -> Target:
    """Files with samples in them."""
    return lambda data, place: try_all(form, data, place)


TARGETS: dict[str, Target] = {
    each.__name__: each
    for each in (image, manifest, partial_scan, sweep, settings, path_list, frame, answer, checkpoint)
} | {name: container(form) for name, form in CONTAINERS.items()}
_LONG = ("image",)  # its formats are as many as all other targets


def shares(names: list[str]) -> dict[str, float]:
    """The share of the time that each target gets."""
    weights = {name: len(TARGETS) if name in _LONG else 1 for name in names}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def seeds(name: str) -> list[bytes]:
    """Inputs that are right, to be mutated."""
    if name == "image":
        files = [file for file in sorted((ROOT / "assets" / "sample").rglob("*")) if file.is_file()]
        return [file.read_bytes() for file in files if file.stat().st_size < 300_000] + [*originals().values()]
    if name in CONTAINERS:
        return container_seeds(CONTAINERS[name].NAME) or [bytes(range(16))]
    head = {"kind": KIND, "version": VERSION, "root": "/data", "folders": ["a"], "files": 1}
    resume = {"source": "/", "of": 0, "fingerprint": 0, "problem_files": [], "finding_files": [], "finding_bytes": [],
              "checks": ["alpha"], "min_side": 3, "max_aspect": 5.0, "extensions": [], "digests": ""}  # fmt: skip
    return {
        "manifest": [json.dumps(head).encode() + b'\n{"path": "a/b", "aside": "a/b", "bytes": 1}\n'],
        "partial_scan": [
            json.dumps({"files": 0, "seconds": 1.0, "problems": [], "findings": [], "resume": resume}).encode()
        ],
        "sweep": [json.dumps(dict.fromkeys(Report.__dataclass_fields__) | {"version": 1, "trials": [{}]}).encode()],
        "settings": [
            b'{"appearance": "dark", "recent": ["/a"], "layout": {"a": "AAAA", "b": true}, "loader": {"seed": 1}}'
        ],
        "answer": [encode_answer(Answer(0.1, FileExamination("EMPTY", "It is empty.", 0)))[0]],
        "checkpoint": [json.dumps(state_of(Position(1, 4, 2), 7, LoaderConfig(), DatasetIndex([0] * 9))).encode()],
        "path_list": [b"/a.jpg\n# b\nc/d.png\n"],
    }.get(name, [bytes(range(16))])


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut, doubled or spliced in."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = (
            chance.randrange(len(changed) + 1)
            if chance.random() < 0.5
            else chance.randrange(min(len(changed), 200) + 1)
        )
        match chance.randrange(5):
            case 0 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 1 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                del changed[at : at + chance.choice((1, 4, 64, len(changed)))]
            case 3:
                changed[at:at] = chance.choice(_SPLICES)
            case 4:
                changed[at:at] = changed[at : at + chance.choice((2, 30))]
    return bytes(changed)


def inputs(name: str, seed: int) -> Iterator[bytes]:
    """Without end; the same for the same seed."""
    chance = random.Random(seed)
    right = seeds(name)
    while True:
        yield mutated(chance, chance.choice(right))


def run(names: list[str], seconds: float, seed: int) -> int:
    """Each target for its share of the time; how many inputs were tried. Raises what a parser should not raise."""
    tried = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, share in shares(names).items():
            until_s = time.monotonic() + seconds * share
            kept = Path(tempfile.gettempdir(), f"fuzz-{name}-{os.getpid()}.bin")
            for data in inputs(name, seed):
                kept.write_bytes(data)  # before: the process may die of it
                try:
                    TARGETS[name](data, Path(folder))
                except BaseException:
                    print(f"{name}: the input is in {kept}", file=sys.stderr)
                    raise
                tried += 1
                if time.monotonic() > until_s:
                    break
            kept.unlink()
    return tried


def guided(name: str, seconds: float) -> None:
    """With atheris, which ends the process itself."""
    import atheris

    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds:.0f}"], lambda data: TARGETS[name](data, folder))
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--target", choices=TARGETS, help="only this one; with atheris, where it is installed")
    options = parser.parse_args()
    if options.target is not None:
        with contextlib.suppress(ImportError):
            guided(options.target, 60 * options.minutes)
    names = [options.target] if options.target is not None else list(TARGETS)
    try:
        with decoders_silenced():
            tried = run(names, 60 * options.minutes, options.seed)
    except Exception:
        traceback.print_exc()
        print(f"again with --seed {options.seed}", file=sys.stderr)
        return 1
    print(f"{tried:,} inputs, seed {options.seed}: nothing but refusals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
