"""The page: what each of its sections shows, what matters most first; the templates make HTML of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from inspector import formatting as fmt
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.monitor.verdict.verdict import verdict
from inspector.report.axes import px
from inspector.report.content import Content
from inspector.report.curve import sweep
from inspector.report.pictures import batch
from inspector.report.plots import changes_as_text, plots
from inspector.report.training import TrainingSection
from inspector.session.records import Problem, Snapshot
from inspector.settings import settings_table

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_PROBLEMS = 50  # with their reasons
_SIGNS = {"good": "✓", "info": "●", "warn": "▲", "bad": "✗"}


def page(content: Content, machine: Iterable[Diagnostic], light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """One HTML file that loads nothing and runs nothing. Both name the colours "window", "card", "text", ... alike."""
    snapshot, view, training = content.snapshot, content.view, content.training
    title = fmt.place(snapshot.source) or ("No folder" if training is None else "A training")
    return (
        environment()
        .get_template("page.html")
        .render(
            title=title,
            about=" · ".join(_about(content)),
            signs=_SIGNS,
            verdict=training.state.verdict if training is not None else verdict(snapshot),
            figures=_figures(snapshot, watched=training is not None),
            training=training,
            plots=plots(content.series),
            changes=changes_as_text(content.series),
            sweep=sweep(content.sweep) if content.sweep else None,
            batch=batch(view, content.proofs, snapshot.source) if view is not None else None,
            problems=_problems(content.problems, snapshot.source),
            settings=_settings(snapshot) if training is None else _loader_settings(training),
            machine=_machine(snapshot, machine),
            light=css_colours(light),
            dark=css_colours(dark),
        )
    )


@cache
def environment() -> "Environment":
    """Whatever stands in a page is escaped, and fit to be shown: never markup, and never half a character."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # a tenth of a second that no start has to spend

    environment = Environment(
        loader=PackageLoader("inspector.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_readable,
    )
    environment.filters["px"] = px
    return environment


def _readable(value: object) -> object:
    return fmt.readable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def css_colours(colours: Mapping[str, str]) -> list[tuple[str, str]]:
    """Those that style sheets know: (name, "#rrggbb")."""
    return [(name, colour) for name, colour in colours.items() if colour.startswith("#")]


def _about(content: Content) -> list[str]:
    snapshot = content.snapshot
    about = [without_home(snapshot.source)] if snapshot.source else []
    if content.training is not None:
        return [*about, content.written_at.strftime("%Y-%m-%d %H:%M %z"), content.program]
    about.append(fmt.plural(snapshot.files, "file"))
    if snapshot.outside:
        about.append(f"{snapshot.outside:,} outside the folder, behind links")
    if snapshot.left_out:
        about.append(snapshot.left_out)
    if snapshot.classes:
        about.append(fmt.plural(snapshot.classes, "class", "classes"))
    return [*about, content.written_at.strftime("%Y-%m-%d %H:%M %z"), content.program]


def _figures(snapshot: Snapshot, *, watched: bool) -> list[tuple[str, str, str]]:
    rates = snapshot.rates
    cards = (
        ("Batches", fmt.rate(rates.batches_per_s), "/s"),
        ("Samples" if watched else "Images", fmt.rate(rates.images_per_s), "/s"),
        ("Data wait", fmt.percent_figure(rates.data_wait), "%"),
        ("Errors", fmt.whole(snapshot.skipped), "")
        if watched
        else ("Skipped", fmt.whole(snapshot.skipped if snapshot.files else None), ""),
    )
    return [(name, figure, unit if figure != fmt.UNKNOWN else "") for name, figure, unit in cards]


@dataclass(frozen=True, slots=True)
class ProblemSection:
    """How many there are of each kind, and the first ones: path, kind, reason."""

    kinds: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, str, str]]
    left_out: str


def _problems(problems: Sequence[Problem], source: str) -> ProblemSection:
    left_out = len(problems) - MOST_PROBLEMS
    return ProblemSection(
        kinds=[(kind, f"{count:,}") for kind, count in Counter(problem.kind for problem in problems).most_common()],
        rows=[(fmt.relative(each.path, source), each.kind, each.reason) for each in problems[:MOST_PROBLEMS]],
        left_out=f"The first {MOST_PROBLEMS} of {len(problems):,}; {left_out:,} are left out." if left_out > 0 else "",
    )


def _settings(snapshot: Snapshot) -> list[tuple[str, str]]:
    table, rows = settings_table(), []
    for name, value in snapshot.settings.items():
        setting = table.get(name)
        text = str(value) if setting is None else setting.text(value)
        rows.append((name, f"0, {setting.zero}" if setting and setting.zero and value == 0 else text))
    return rows


def _loader_settings(training: TrainingSection) -> list[tuple[str, str]]:
    loader = training.state.loader
    return list(loader.settings) if loader is not None else []


def _machine(snapshot: Snapshot, findings: Iterable[Diagnostic]) -> list[tuple[str, str]]:
    use = snapshot.machine
    rows = [("CPU in use", f"{fmt.percent(use.machine_cpu)} of {use.usable_cores:g} cores")]
    for found in findings:
        advice = "" if found.level is Level.OK else f" – {found.level}: {found.advice}"
        rows.append((found.name, found.value + advice))
    return rows
