"""The page: its sections from top to bottom, what matters most first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from inspector import formatting as fmt
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.formats.problems import Problem
from inspector.monitor.colour_proof import summarise
from inspector.monitor.records import Snapshot
from inspector.monitor.verdict.verdict import verdict
from inspector.report.content import Content
from inspector.report.curve import sweep
from inspector.report.markup import pairs, paragraph, section, text
from inspector.report.pictures import tiles
from inspector.report.plots import plots
from inspector.report.style import style
from inspector.settings import settings_table

MOST_PROBLEMS = 50  # with their reasons
_SIGNS = {"good": "✓", "info": "●", "warn": "▲", "bad": "✗"}
_NOTHING_FROM_OUTSIDE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(content: Content, machine: Iterable[Diagnostic], light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """One HTML file that loads nothing and runs nothing; colours as `style.style` wants them."""
    snapshot = content.snapshot
    title = fmt.place(snapshot.source) or "No folder"
    body = (
        _head(content, title),
        _verdict(snapshot),
        _figures(snapshot),
        section("Last minute", plots(content.series)),
        section("Tuner", sweep(content.sweep) if content.sweep else ""),
        section("Batch", _batch(content)),
        section("Skipped files", _problems(content.problems, snapshot.source)),
        section("Settings", pairs(_settings(snapshot))),
        section("Machine", pairs(_machine(snapshot, machine))),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_FROM_OUTSIDE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)} – inspector</title>\n<style>\n{style(light, dark)}</style>\n</head>\n"
        f"<body>\n<main>\n{chr(10).join(filter(None, body))}\n</main>\n</body>\n</html>\n"
    )


def _head(content: Content, title: str) -> str:
    snapshot = content.snapshot
    told = [without_home(snapshot.source)] if snapshot.source else []
    told.append(fmt.plural(snapshot.files, "file"))
    if snapshot.classes:
        told.append(fmt.plural(snapshot.classes, "class", "classes"))
    told += [content.written_at.strftime("%Y-%m-%d %H:%M %z"), content.program]
    return f"<header><h1>{text(title)}</h1>{paragraph(' · '.join(told), 'dim')}</header>"


def _verdict(snapshot: Snapshot) -> str:
    found = verdict(snapshot)
    headline = f'<p><span class="{found.level}">{_SIGNS[found.level]}</span> {text(found.headline)}</p>'
    return section("Verdict", headline + paragraph(found.evidence), "verdict")


def _figures(snapshot: Snapshot) -> str:
    rates = snapshot.rates
    cards = (
        ("Batches", fmt.rate(rates.batches_per_s), "/s"),
        ("Images", fmt.rate(rates.images_per_s), "/s"),
        ("Data wait", fmt.percent_figure(rates.data_wait), "%"),
        ("Skipped", fmt.whole(snapshot.skipped if snapshot.files else None), ""),
    )
    made = (
        f"<div><span>{name}</span><b>{text(figure)}</b> <small>{unit if figure != fmt.UNKNOWN else ''}</small></div>"
        for name, figure, unit in cards
    )
    return f'<div class="figures">{"".join(made)}</div>'


def _batch(content: Content) -> str:
    view = content.view
    if view is None:
        return ""
    proof = summarise(content.proofs or [None] * len(view.thumbnails))
    sentence = f'<p><b><span class="{proof.level}">{_SIGNS[proof.level]}</span> {text(proof.sentence)}</b></p>'
    what = f"Batch {view.number:,} of epoch {view.epoch:,}: {view.shape}, {view.dtype}"
    return sentence + paragraph(what, "dim") + tiles(view, content.proofs, content.snapshot.source)


def _problems(problems: Sequence[Problem], source: str) -> str:
    if not problems:
        return paragraph("None so far.")
    kinds = Counter(problem.kind for problem in problems).most_common()
    told = "".join(f"<span><b>{count:,}</b> {text(kind)}</span>" for kind, count in kinds)
    rows = "".join(
        f"<tr><td>{text(fmt.relative(problem.path, source))}</td><td>{text(problem.kind)}</td>"
        f"<td>{text(problem.reason)}</td></tr>"
        for problem in problems[:MOST_PROBLEMS]
    )
    left_out = len(problems) - MOST_PROBLEMS
    rest = f"The first {MOST_PROBLEMS} of {len(problems):,}; {left_out:,} are left out." if left_out > 0 else ""
    head = "<thead><tr><th>File</th><th>Kind</th><th>Reason</th></tr></thead>"
    return f'<div class="kinds">{told}</div><table>{head}<tbody>{rows}</tbody></table>{paragraph(rest, "dim")}'


def _settings(snapshot: Snapshot) -> list[tuple[str, str]]:
    table, told = settings_table(), []
    for name, value in snapshot.settings.items():
        setting = table.get(name)
        words = str(value) if setting is None else setting.text(value)
        told.append((name, f"0, {setting.zero}" if setting and setting.zero and value == 0 else words))
    return told


def _machine(snapshot: Snapshot, findings: Iterable[Diagnostic]) -> list[tuple[str, str]]:
    use = snapshot.machine
    told = [("CPU in use", f"{fmt.percent(use.machine_cpu)} of {use.usable_cores:g} cores")]
    for found in findings:
        advice = "" if found.level is Level.OK else f" – {found.level}: {found.advice}"
        told.append((found.name, found.value + advice))
    return told
