"""Everything that is known of one skipped file, in words: as text to copy, and as the same text to look at."""

from dataclasses import dataclass
from html import escape
from typing import Any

from inspector import formatting as fmt
from inspector.formats.byte_markers import SHOWN_BYTES, hex_dump
from inspector.formats.problems import Problem, ProblemKind
from inspector.ui.theme import Colours


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and lines below it; `fixed`: every character as wide as the others."""

    heading: str
    lines: tuple[str, ...]
    fixed: bool = False


def report(problem: Problem, answer: dict[str, Any] | None, columns: int = 16) -> list[Section]:
    """The sections, what matters most first.

    Args:
        answer: the examiner's; None while it is not there.
        columns: bytes in a row of a dump.
    """
    sections = [Section(problem.kind.value, (fmt.readable(problem.reason),))]
    if problem.detail:
        sections.append(Section("What was raised", tuple(map(fmt.readable, problem.detail.splitlines())), fixed=True))
    if answer is None:
        sections.append(Section("The file now", ("being examined …",)))
    else:
        sections += _examined(problem, answer, columns)
    facts = [
        f"path: {fmt.readable(problem.path)}",
        f"size when skipped: {_bytes(problem.file_bytes)}",
        f"epoch {problem.epoch}, batch {fmt.whole(problem.batch)}, place {fmt.whole(problem.index)} in the index",
    ]
    return [*sections, Section("Where it was met", tuple(facts))]


def _examined(problem: Problem, answer: dict[str, Any], columns: int) -> list[Section]:
    now = [_now(problem, answer["kind"], answer["reason"])]
    if "format" in answer:
        now.append(f"format: {answer['format']}")
    if "file_bytes" in answer:
        now.append(f"size: {_bytes(answer['file_bytes'])}")
    sections = []
    if marks := answer.get("byte_markers"):
        told = (f"{'✓' if mark['right'] else '✗'} {mark['what']}{_found(mark)}" for mark in marks)
        sections.append(Section("What such a file should have", tuple(told)))
    if "head" in answer:
        head, tail = bytes.fromhex(answer["head"]), bytes.fromhex(answer["tail"])
        size = answer["file_bytes"]
        whole = size <= SHOWN_BYTES
        first = "All its bytes" if whole else f"First {len(head)} bytes"
        sections.append(Section(first, hex_dump(head, 0, columns), fixed=True))
        if not whole:
            dump = hex_dump(tail, size - len(tail), columns)
            sections.append(Section(f"Last {len(tail)} bytes", dump, fixed=True))
    sections.append(Section("The file now", tuple(fmt.readable(line) for line in now)))
    if "second_says" in answer:
        lenient = answer.get("lenient")
        gives = "gives nothing (None)"
        if lenient is not None:
            width, height = lenient["original_width"], lenient["original_height"]
            gives = f"gives a picture of {width} × {height} pixels, without an error"
        lines = (f"cv2.imread {gives}", f"Qt's decoder {fmt.readable(answer['second_says'])}")
        sections.append(Section("Other decoders", lines))
    return sections


def _now(problem: Problem, kind: str, reason: str) -> str:
    if (kind, reason) == (problem.kind.value, problem.reason):
        return "is as it was when it was skipped"
    if kind:
        return f"{kind}: {reason}"
    if problem.kind is ProblemKind.TRANSFORM_FAILED:
        return "The file itself loads; what failed is the transform, which is not run here."
    return "The file loads without a fault: it has changed since it was skipped, or reading it failed only then."


def _found(mark: dict[str, Any]) -> str:
    if not mark["right"] or "the file's length" in mark["what"] or "inside" in mark["what"]:
        return f": found {mark['found']}" if "says" not in mark["found"] else f": {mark['found']}"
    return ""


def _bytes(count: int | None) -> str:
    if count is None:
        return fmt.UNKNOWN
    return f"{count:,} bytes" if count < 1000 else f"{count:,} bytes ({fmt.byte_size(count)})"


def as_text(problem: Problem, sections: list[Section]) -> str:
    """For the clipboard."""
    parts = [fmt.readable(problem.path)]
    for section in sections:
        parts.append("\n".join([section.heading, *(f"  {line}" for line in section.lines)]))
    return "\n\n".join(parts) + "\n"


def as_html(sections: list[Section], colours: Colours, first_colour: str, fixed_family: str) -> str:
    """For the details; the first section's heading has a colour of its own."""
    parts = []
    for number, section in enumerate(sections):
        colour = colours.dim if number else first_colour
        heading = (
            f'<p style="color:{colour}; margin:{7 if number else 0}px 0 1px 0;"><b>{escape(section.heading)}</b></p>'
        )
        if section.fixed:
            lines = "\n".join(map(escape, section.lines))
            body = f"<pre style=\"margin:0; font-family:'{fixed_family}';\">{lines}</pre>"
        else:
            body = "".join(f'<p style="margin:0;">{_coloured(line, colours)}</p>' for line in section.lines)
        parts.append(heading + body)
    return "".join(parts)


def _coloured(line: str, colours: Colours) -> str:
    colour = {"✓": colours.good, "✗": colours.bad}.get(line[:1])
    return f'<span style="color:{colour};">{line[0]}</span>{escape(line[1:])}' if colour else escape(line)
