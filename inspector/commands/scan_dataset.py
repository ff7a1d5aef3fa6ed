"""`inspector scan --dataset`: every sample of a data set once, and what was raised or could not be loaded."""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from inspector import formatting as fmt
from inspector.errors import NoImagesError, SettingsError
from inspector.formats.problems import Problem
from inspector.loader.loader import Loader
from inspector.named_code import NamedCode
from inspector.redirect import prints_apart
from inspector.scan.check_settings import LIMITS
from inspector.settings import LoaderConfig
from inspector.sources.named_dataset import index_of

STDOUT = "-"
_FOR_FILES = (
    "csv",
    "report",
    "scores",
    "keep",
    "clean_shards",
    "leave_out",
    "without",
    "only",
    *LIMITS,
    "splits",
    "mirrored",
    "resume",
    "on",
)


def scan_dataset(code: NamedCode, options: argparse.Namespace, settings: LoaderConfig) -> int:
    """Load each sample once, in order; the exit status: 0, or 1 where one has a problem.

    Raises:
        SettingsError: for an option that only a scan of files has, or a file that cannot be written.
        InspectorError: where the data set cannot be made.
    """
    for name in _FOR_FILES:
        if getattr(options, name) not in (None, []):
            raise SettingsError(f"--{name.replace('_', '-')} is for a scan of files: leave it out with --dataset")
    from inspector.commands.scan_output import check_writable

    check_writable(options.json, None)
    with prints_apart(options.json == STDOUT) as output:
        index = index_of(code)
        began_s = time.monotonic()
        problems: list[Problem] = []
        config = settings.with_changes(shuffle=False, epochs=1, on_error="skip", on_bad_file="skip", max_bad_share=1.0)
        with Loader(index, config) as loader:
            loader.warns = False
            batches = iter(loader)
            while True:
                try:
                    over = next(batches, None) is None
                except NoImagesError:  # not a single one is good
                    over = True
                for problem in loader.problems_since(len(problems)):
                    problems.append(problem)
                    line = f"{problem.kind}  {problem.path}  {problem.reason}"
                    print(fmt.readable(line), file=sys.stderr, flush=True)
                if over:
                    break
            samples = len(index) or loader.snapshot().images + len(problems)
        summary = _summary(samples, problems, time.monotonic() - began_s)
        print(summary, file=sys.stderr if options.json == STDOUT else sys.stdout)
        if options.json is not None:
            _write(options.json, _as_json(code, samples, problems), output)
    return 1 if problems else 0


def _summary(samples: int, problems: list[Problem], seconds: float) -> str:
    lines = [f"{fmt.plural(samples, 'sample')} loaded in {fmt.duration(seconds)}: {samples - len(problems):,} good."]
    counts = Counter(problem.kind.value for problem in problems)
    lines += ["Problems:"] if counts else []
    return "\n".join([*lines, *(f"  {name:<18}{count:>9,}" for name, count in counts.most_common())])


def _as_json(code: NamedCode, samples: int, problems: list[Problem]) -> dict[str, Any]:
    found = [{"index": each.index, "path": each.path, "kind": each.kind, "reason": each.reason} for each in problems]
    return {"dataset": str(code), "samples": samples, "good": samples - len(problems), "problems": found}


def _write(file: str, content: dict[str, Any], output: TextIO) -> None:
    if file == STDOUT:
        print(json.dumps(content), file=output)
        return
    from inspector.files import write_atomically

    try:
        write_atomically(Path(file), json.dumps(content, indent=1))
    except OSError as error:
        raise SettingsError(f"--json {file}: cannot be written: {error.strerror}") from error
