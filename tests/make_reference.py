"""Makes what is written from the parsers and docstrings: `python -m tests.make_reference`.

assets/docs/reference.md (each verb and its options, the public Python API), assets/inspector.1 (a man page), and what
shells complete from, in assets/completions.
"""

import argparse
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import inspector
from inspector.commands.registry import VERBS, command_of
from inspector.settings.config import LoaderConfig
from tests.conftest import ROOT

ASSETS = ROOT / "assets"
SHELLS = {"bash": "inspector", "zsh": "_inspector"}
_LOADING = "loading"  # the options that all verbs share which load

_INTRODUCTION = """\
# Reference

Made by `python -m tests.make_reference` from the command line's own parsers and the docstrings. The settings, with
their limits, are in [settings.md](settings.md); they are the options of *loading* here.
"""
_TORCH = """\
### inspector.torch.DataLoader

The arguments of `torch.utils.data.DataLoader`; see [training.md](training.md#in-place-of-pytorchs-dataloader).
"""


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each verb; that of the window is "inspector"."""
    return {command_of(verb).prog: command_of(verb).parser() for verb in ("window", *VERBS)}


def written(text: str | None, action: argparse.Action) -> str:
    """A help text as --help has it, but for what depends on this machine."""
    if text is None:
        return ""
    values = {**vars(action), "prog": "inspector"}
    return re.sub(r"; here \d+", "", " ".join((text % values).split()))


def name_of(action: argparse.Action) -> str:
    """Such as `--workers N`."""
    choices = ",".join(map(str, action.choices)) if action.choices else ""
    value = action.metavar or (f"{{{choices}}}" if choices else action.dest.upper())
    if not action.option_strings:
        return str(value)
    takes = "" if action.nargs == 0 else f" {value}"
    return ", ".join(f"{flag}{takes}" for flag in action.option_strings)


def groups(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[argparse.Action]]]:
    """Its groups of options that have any, without --help."""
    for group in parser._action_groups:
        actions = [
            each
            for each in group._group_actions
            if each.help != argparse.SUPPRESS and not isinstance(each, argparse._HelpAction)
        ]
        if actions:
            yield group.title or "", actions


def usage(name: str, parser: argparse.ArgumentParser) -> str:
    """How it is called."""
    given = parser.usage and " ".join((parser.usage % {"prog": name}).split())
    positional = [name_of(each) for each in parser._actions if not each.option_strings]
    return given or " ".join((name, *positional, "[options]"))


def reference() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION, "## Command line\n"]
    shared: list[str] = []
    for name, parser in parsers().items():
        parts.append(f"### {name}\n\n```text\n{usage(name, parser)}\n```\n")
        if name != "inspector" and parser.description:
            parts.append(parser.description + "\n")
        loads = False
        rows = []
        for title, actions in groups(parser):
            lines = [f"| `{name_of(each)}` | {cell(written(each.help, each))} |" for each in actions]
            if title == _LOADING:
                loads, shared = True, shared or lines
            else:
                rows += lines
        if rows:
            parts.append("\n".join(("| option | |", "|---|---|", *rows)) + "\n")
        if loads:
            parts.append("And the options of [loading](#loading).\n")
        if parser.epilog:
            parts.append(block(parser.epilog))
    parts.append("### Loading\n\n" + "\n".join(("| option | |", "|---|---|", *shared)) + "\n")
    parts.append("## Python\n")
    for name in inspector.__all__:
        if not name.startswith("__"):
            parts.append(documented(f"inspector.{name}", getattr(inspector, name)))
    parts.append(_TORCH)
    return "\n".join(parts)


def documented(name: str, value: object) -> str:
    """A class or function with its docstring, and a class's public methods."""
    text = inspect.getdoc(value) or ""
    lines = [f"### {name}\n", block(text)]
    if inspect.isclass(value) and not issubclass(value, Exception) and value is not LoaderConfig:
        for member, method in vars(value).items():
            target = method.fget if isinstance(method, property) else getattr(method, "__func__", method)
            if member.startswith("_") or not inspect.isfunction(target) or not target.__doc__:
                continue
            shown = "" if isinstance(method, property) else "()"
            lines += [f"**`{member}{shown}`**\n", block(inspect.getdoc(target) or "")]
    return "\n".join(lines)


def block(text: str) -> str:
    """A text of several lines as it stands, since its sections and indents mean something."""
    return f"```text\n{text}\n```\n" if "\n" in text else f"{text}\n"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def man_page() -> str:
    """For `man inspector`, in section 1."""
    lines = [
        f'.TH INSPECTOR 1 "" "inspector {inspector.__version__}" "User Commands"',
        ".SH NAME",
        r"inspector \- see what a data loader of images does",
        ".SH SYNOPSIS",
    ]
    texts: list[str] = []
    for name, parser in parsers().items():
        lines += [".B " + roff(usage(name, parser)), ".br"]
        texts += [".SH " + roff(name).upper()]
        texts += paragraph(parser.description or "")
        for title, actions in groups(parser):
            if title == _LOADING and name != "inspector":
                texts += [".PP", "And the options of loading, as without a verb."]
                continue
            for each in actions:
                texts += [".TP", ".B " + roff(name_of(each)), roff(written(each.help, each)) or " "]
        if parser.epilog:
            texts += [".PP", *paragraph(parser.epilog)]
    return "\n".join((*lines, *texts)) + "\n"


def paragraph(text: str) -> list[str]:
    """One line is filled; several stay as they are."""
    lines = [roff(line) for line in text.strip().splitlines()]
    return [".nf", *lines, ".fi"] if len(lines) > 1 else lines


def roff(text: str) -> str:
    """Text in which nothing is a command of roff."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text.startswith((".", "'")) else text


def completion(shell: str) -> str:
    """What completes the command line in bash or zsh."""
    import shtab

    whole = argparse.ArgumentParser(prog="inspector", add_help=False)
    verbs = whole.add_subparsers(metavar="VERB")
    for name, parser in parsers().items():
        if name == "inspector":
            for action in parser._actions:
                if action.option_strings:
                    whole._add_action(action)
        else:
            summary = (parser.description or "").split(".")[0].split(":")[0]  # one without a help text is left out
            verbs.add_parser(name.removeprefix("inspector "), parents=[parser], add_help=False, help=summary)
    for parser in (whole, *verbs.choices.values()):
        for action in parser._actions:
            value = str(action.metavar)
            if "FOLDER" in value:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif any(each in value for each in ("FILE", "PATH", "MANIFEST", ".json", "COMMAND")):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            if not action.option_strings and action is not verbs:
                action.help = value  # what has no help text is left out
    text = re.sub(r"; here \d+", "", shtab.complete(whole, shell=shell))
    return text.replace("-o bashdefault", "-o bashdefault -o default")  # PATH, where no verb is


def main() -> None:
    (ASSETS / "docs" / "reference.md").write_text(reference(), "utf-8")
    (ASSETS / "inspector.1").write_text(man_page(), "utf-8")
    for shell, name in SHELLS.items():
        file = Path(ASSETS, "completions", shell, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(completion(shell), "utf-8")


if __name__ == "__main__":
    main()
