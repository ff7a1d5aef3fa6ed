"""The process that makes a data set once for a look at it: `python -m inspector.sources.dataset_maker`.

It reads one request from standard input and writes one answer to standard output, both JSON. What the user's code
prints goes to the error output. The code may do anything here: hang, exit, crash; whoever asks is not harmed.
"""

import contextlib
import importlib
import json
import os
import sys
import sysconfig
from typing import Any

from inspector.error_texts import in_words, traceback_of
from inspector.errors import InspectorError
from inspector.named_code import NamedCode
from inspector.sources.dataset import is_iterable, of_torch
from inspector.sources.named_dataset import made_by

MOST_NAMES = 1_000_000
_OWN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def main() -> None:
    """Answer the request."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    sys.path[:] = request["module_path"]
    json.dump(_answer(*(NamedCode(*code) for code in request["codes"])), answers)
    answers.close()
    sys.stderr.flush()
    os._exit(0)  # no thread and no process of the user's is waited for


def _answer(code: NamedCode, *others: NamedCode) -> dict[str, Any]:
    try:
        dataset = made_by(code)
        if is_iterable(dataset):
            answer: dict[str, Any] = {"iterable": True, "shards_itself": of_torch(dataset)}
        else:
            answer = {"iterable": False, "length": len(dataset), "names": _names(dataset)}
    except BaseException as error:  # SystemExit, too
        answer = {"error": _in_words(code, error), "traceback": _traceback(error)}
    for each in others:
        with contextlib.suppress(BaseException):  # whoever loads it says so
            each.load()
    return {**answer, "files": _files_of_user(code)}


def _in_words(code: NamedCode, error: BaseException) -> str:
    if isinstance(error, InspectorError):
        return str(error)
    return f"making the data set {code} raised {in_words(error)}"


def _traceback(error: BaseException) -> str:
    """From the user's code on; "" where it was not reached."""
    frames = error.__traceback__
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    if frames is None and not isinstance(error, SyntaxError):
        return ""
    return traceback_of(error, frames)


def _is_ours(file: str) -> bool:
    return file.startswith((_OWN, "<frozen importlib")) or file == importlib.__file__


def _names(dataset: Any) -> list[str] | None:
    """Names of the samples: those that its `path` gives, or the files of torchvision's folders."""
    count = len(dataset)
    path, samples = getattr(dataset, "path", None), getattr(dataset, "samples", None)
    if count > MOST_NAMES:
        return None
    if callable(path):
        return [str(path(number)) for number in range(count)]
    if isinstance(samples, list) and len(samples) == count and all(_is_pair(sample) for sample in samples):
        return [sample[0] for sample in samples]
    return None


def _is_pair(sample: Any) -> bool:
    return isinstance(sample, tuple) and len(sample) == 2 and isinstance(sample[0], str)


def _files_of_user(code: NamedCode) -> list[str]:
    """Files of the modules that were imported, but for those that are installed."""
    installed = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    not_users = (*(os.path.join(folder, "") for folder in installed), _OWN)
    found = [str(getattr(module, "__file__", "")) for module in [*sys.modules.values()]]
    files = {file for file in found if file.endswith(".py") and not file.startswith(not_users)}
    return sorted(files | ({code.place} if code.is_file else set()))


if __name__ == "__main__":
    main()
