"""Everything that is known of one skipped file: as text to copy, and as the same text to look at."""

from dataclasses import dataclass
from html import escape

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.session.records import ByteMarker, FileExamination, Problem, ProblemKind
from inspector.ui.problems.hex_dump import hex_dump


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and lines below it; `fixed`: every character as wide as the others."""

    heading: str
    lines: tuple[str, ...]
    fixed: bool = False


def report(
    problem: Problem, examination: FileExamination | None, columns: int = 16, *, pending: str = "being examined …"
) -> list[Section]:
    """The sections, what matters most first.

    Args:
        examination: of its file; None while there is none.
        columns: bytes in a row of a dump.
        pending: why there is no examination; "": nothing is shown of it.
    """
    sections = [Section(problem.kind.value, (fmt.readable(problem.reason),))]
    if problem.detail:
        sections.append(Section("What was raised", tuple(map(fmt.readable, problem.detail.splitlines())), fixed=True))
    if examination is not None:
        sections += _examined(problem, examination, columns)
    elif pending:
        sections.append(Section("The file now", (pending,)))
    facts = [
        f"path: {fmt.readable(problem.path)}",
        f"size when skipped: {_bytes(problem.file_bytes)}",
        f"epoch {problem.epoch}, batch {fmt.whole(problem.batch)}, place {fmt.whole(problem.index)} in the index",
    ]
    return [*sections, Section("Where it was met", tuple(facts))]


def _examined(problem: Problem, examination: FileExamination, columns: int) -> list[Section]:
    now = [_now(problem, examination)]
    if examination.format:
        now.append(f"format: {examination.format}")
    if examination.file_bytes is not None:
        now.append(f"size: {_bytes(examination.file_bytes)}")
    sections = []
    if examination.markers:
        checks = (f"{'✓' if mark.right else '✗'} {mark.what}{_found(mark)}" for mark in examination.markers)
        sections.append(Section("What such a file should have", tuple(checks)))
    if examination.file_bytes is not None:
        sections += _dumps(examination.head, examination.tail, examination.file_bytes, columns)
    sections.append(Section("The file now", tuple(fmt.readable(line) for line in now)))
    if examination.pictures:
        gives = "gives nothing (None)"
        if (lenient := examination.lenient) is not None:
            size = f"{lenient.original_width} × {lenient.original_height}"
            gives = f"gives a picture of {size} pixels, without an error"
        lines = (f"cv2.imread {gives}", f"Qt's decoder {fmt.readable(examination.second_report)}")
        sections.append(Section("Other decoders", lines))
    return sections


def _dumps(head: bytes, tail: bytes, size: int, columns: int) -> list[Section]:
    whole = size == len(head)
    first = Section("All its bytes" if whole else f"First {len(head)} bytes", hex_dump(head, 0, columns), fixed=True)
    if whole:
        return [first]
    return [first, Section(f"Last {len(tail)} bytes", hex_dump(tail, size - len(tail), columns), fixed=True)]


def _now(problem: Problem, examination: FileExamination) -> str:
    if (examination.kind, examination.reason) == (problem.kind.value, problem.reason):
        return "is as it was when it was skipped"
    if examination.kind:
        return f"{examination.kind}: {examination.reason}"
    if problem.kind is ProblemKind.TRANSFORM_FAILED:
        return "The file itself loads; what failed is the transform, which is not run here."
    return "The file loads without a fault: it has changed since it was skipped, or reading it failed only then."


def _found(mark: ByteMarker) -> str:
    if not mark.right or "the file's length" in mark.what or "inside" in mark.what:
        return f": found {mark.found}" if "says" not in mark.found else f": {mark.found}"
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
