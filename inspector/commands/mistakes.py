"""What to say of a command line that another verb, or other arguments, would have made right: the next step."""

import difflib
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from inspector.errors import SettingsError
from inspector.file_types import is_container
from inspector.formatting import plural, readable
from inspector.locations import LocationKind, is_url, kind_of
from inspector.path_advice import about_missing
from inspector.settings import IMAGE_EXTENSIONS
from inspector.wire.address import is_ssh

_CLOSE = 0.75


def about_left_over(prog: str, path: object, left: Sequence[str]) -> str:
    """Of what no parser took: options of another verb, or more than one PATH. "" where there is nothing to advise."""
    option = next((word.partition("=")[0] for word in left if word.startswith("--") and len(word) > 2), "")
    if option:
        return _about_option(prog, option)
    paths = [word for word in (path, *left) if isinstance(word, str)]
    if len(paths) < 2 or any(word.startswith("-") for word in left):
        return ""
    if not os.path.lexists(paths[0]) and (verb := _near_verb(paths[0])):
        return f"{readable(paths[0])} is no verb; did you mean inspector {verb} {readable(shlex.join(paths[1:]))}?"
    if not isinstance(path, str):
        return ""
    joined = " ".join(paths)
    if os.path.lexists(joined):
        return f"a path with blanks needs quotes: {prog} {readable(shlex.quote(joined))}"
    first = f"{readable(paths[0])} and {readable(paths[1]) if len(paths) == 2 else plural(len(paths) - 1, 'other')}"
    return f"{first} are given, but {prog} takes one PATH: a folder, a pattern in quotes, or a .txt list of paths"


def about_no_path(path: str) -> str:
    """Of a PATH that does not exist: what may have been meant."""
    if verb := _near_verb(path):
        return f"did you mean the verb, inspector {verb}?"
    return about_missing(path)


def check_command(words: Sequence[str]) -> None:
    """
    Raises:
        SettingsError: where `inspector run` got images, or a script that does not exist, in place of a command.
    """
    word = words[0]
    shown, quoted = readable(word), readable(shlex.quote(word))
    if word == "inspector":
        raise SettingsError("give the command that trains, such as inspector run train.py")
    if is_ssh(word):
        raise SettingsError(f"{shown}: start the training there; inspector attach {quoted} watches it from here")
    if is_url(word):
        raise SettingsError(f"{shown} is a URL, not a command; to see its images: inspector {quoted}")
    if word.endswith(".ipynb") and os.path.isfile(word):
        raise SettingsError(f"{shown} is a notebook: call inspector.watch() in its first cell, then inspector attach")
    if word.endswith(".py") and not os.path.exists(word):
        raise SettingsError(f"{shown}: there is no such script; {about_missing(word)}")
    if kind := _kind(word):
        raise SettingsError(
            f"{shown} is {kind}, not a command; to see its images: inspector {quoted}; to watch a training: "
            "inspector run train.py"
        )


def about_no_run(wanted: str) -> str:
    """What `inspector attach` says of a path in place of a run, after its name; "" where it is none."""
    if kind := _kind(wanted):
        return f"{readable(wanted)} is {kind}, not a run; to see its images: inspector {readable(shlex.quote(wanted))}"
    if wanted.endswith(".py") and os.path.isfile(wanted):
        script = readable(shlex.quote(wanted))
        return f"no run of {script} is watched or kept; to start one: inspector run {script}"
    return ""


def _kind(path: str) -> str:
    """What may be loaded from it, if anything; a program is none."""
    try:
        kind = kind_of(path, IMAGE_EXTENSIONS)
    except (OSError, ValueError):
        return ""
    if kind is LocationKind.FOLDER:
        return "a folder" if os.sep in path or not _is_program(path) else ""
    if kind is LocationKind.OTHER or os.access(path, os.X_OK):
        return ""
    return "a container of samples" if is_container(path) else f"{'an' if kind is LocationKind.IMAGE else 'a'} {kind}"


def _is_program(name: str) -> bool:
    return any(Path(folder, name).is_file() for folder in os.get_exec_path())


def _near_verb(word: str) -> str:
    from inspector.commands.registry import VERBS

    if word in VERBS or os.sep in word:
        return ""
    return next(iter(difflib.get_close_matches(word.lower(), VERBS, 1, _CLOSE)), "")


def _about_option(prog: str, option: str) -> str:
    """Which verbs have it, or what is nearly its name here."""
    from inspector.commands.registry import VERBS, command_of

    own = prog.removeprefix("inspector").strip() or "window"
    known = {verb: set(command_of(verb).parser()._option_string_actions) for verb in ("window", *VERBS)}
    if near := difflib.get_close_matches(option, known.get(own, ()), 1, _CLOSE):
        return f"{readable(option)} is no option of {prog}; did you mean {near[0]}?"
    others = [f"inspector {verb}".removesuffix(" window") for verb, options in known.items() if option in options]
    if others:
        return f"{readable(option)} is an option of {' or '.join(others[:3])}, not of {prog}"
    return ""
