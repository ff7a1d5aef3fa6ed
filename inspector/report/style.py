"""The report's style sheet. The colours are given, by name; paper takes the light ones."""

from collections.abc import Mapping

_LAYOUT = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--window); color: var(--text); font: 14px/1.45 system-ui, "Segoe UI", Roboto,
  "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1040px; margin: 0 auto; padding: 28px 24px 36px; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--dim); margin: 0 0 8px; }
p { margin: 0 0 5px; overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
.dim, .key { color: var(--dim); font-size: 12.5px; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .info { color: var(--accent); }
section { background: var(--card); border: 1px solid var(--border); border-radius: 6px; padding: 14px 16px;
  margin-top: 12px; }
.verdict { border-left: 5px solid var(--accent); }
.verdict h2 { display: none; }
.verdict p:first-of-type { font-size: 17px; font-weight: 650; }
.verdict:has(.good) { border-left-color: var(--good); } .verdict:has(.warn) { border-left-color: var(--warn); }
.verdict:has(.bad) { border-left-color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin-top: 12px; }
.figures div { background: var(--card); border: 1px solid var(--border); border-radius: 6px; padding: 10px 16px; }
.figures span { display: block; font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--dim); }
.figures b { font-size: 27px; line-height: 1.25; } .figures small { color: var(--dim); font-size: 14px; }
.plots { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 24px; margin-bottom: 4px; }
figure { margin: 0; min-width: 0; }
.plots figcaption:not(.key) { font-weight: 650; }
.plots figcaption:not(.key) span { font-weight: 400; font-size: 12.5px; color: var(--dim); }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 10px; fill: var(--dim); }
svg path { fill: none; stroke-width: 1.3; stroke-linejoin: round; }
svg .grid { stroke: var(--border); stroke-width: .7; }
svg .line { stroke: var(--accent); }
svg .ceiling { stroke: var(--dim); stroke-dasharray: 5 3; stroke-width: 1; }
svg .mark { stroke: var(--dim); stroke-dasharray: 1.5 2.5; stroke-width: 1; }
svg .number { fill: var(--text); font-weight: 700; }
svg circle { fill: none; stroke: var(--text); stroke-width: 1.4; }
.ink0 { color: var(--accent); } .ink1 { color: var(--good); } .ink2 { color: var(--warn); } .ink3 { color: var(--bad); }
svg g path { stroke: currentColor; } svg g text { fill: currentColor; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(108px, 1fr)); gap: 8px; margin: 8px 0 4px; }
.tiles div { position: relative; aspect-ratio: 1; background: var(--field); border: 1px solid var(--border);
  border-radius: 4px; overflow: hidden; }
.tiles img { width: 100%; height: 100%; object-fit: contain; display: block; }
.badge { position: absolute; right: 3px; top: 3px; padding: 0 4px; border-radius: 3px; background: var(--card);
  font-size: 10.5px; line-height: 1.5; }
.tiles figcaption { font-size: 11px; color: var(--dim); white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.skipped div { padding: 5px 6px; font-size: 10.5px; line-height: 1.3; border: 1px dashed var(--bad); }
.skipped b { display: block; color: var(--bad); font-size: 10px; overflow-wrap: anywhere; }
.skipped span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 6; overflow: hidden; }
.kinds { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-bottom: 8px; } .kinds b { color: var(--bad); }
table { width: 100%; border-collapse: collapse; font-size: 12px; table-layout: fixed; }
th { text-align: left; color: var(--dim); font-weight: 500; }
th, td { padding: 2.5px 12px 2.5px 0; border-bottom: 1px solid var(--border); vertical-align: top;
  overflow-wrap: anywhere; }
th:nth-child(1) { width: 36%; } th:nth-child(2) { width: 15%; }
dl { margin: 0; columns: 2; column-gap: 28px; font-size: 12.5px; }
dl div { display: flex; gap: 10px; break-inside: avoid; padding: 1.5px 0; }
dt { flex: 0 0 36%; color: var(--dim); overflow-wrap: anywhere; } dd { flex: 1; margin: 0; overflow-wrap: anywhere; }
@media (max-width: 700px) { .plots { grid-template-columns: 1fr; } .figures { grid-template-columns: 1fr 1fr; }
  dl { columns: 1; } }
"""
_PAPER = """
@page { size: A4; margin: 11mm; }
body { font-size: 9.5px; background: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
main { max-width: none; padding: 0; }
h1 { font-size: 17px; } h2 { font-size: 8.5px; margin-bottom: 4px; break-after: avoid; }
section { padding: 7px 9px; margin-top: 6px; }
.verdict, .figures, .plots, figure, tr { break-inside: avoid; }
.verdict p:first-of-type { font-size: 12px; }
.figures { gap: 6px; margin-top: 6px; } .figures div { padding: 5px 9px; }
.figures span, .plots figcaption:not(.key) span, .dim, .key, table, dl { font-size: 8.5px; }
.figures b { font-size: 17px; }
.figures small { font-size: 10px; }
.plots { grid-template-columns: 1fr 1fr; }
.tiles { grid-template-columns: repeat(11, 1fr); gap: 4px; }
.tiles figcaption, .badge, .skipped div { font-size: 6.5px; } .skipped b { font-size: 6px; }
.skipped div { padding: 2px 3px; line-height: 1.2; }
th, td { padding-top: 1px; padding-bottom: 1px; }
dl { columns: 2; } dl div { padding: 0.5px 0; }
"""


def style(light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """The whole sheet; both name the colours "window", "card", "text", ... alike."""
    return (
        f":root {{ color-scheme: light dark; {_variables(light)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(dark)} }} }}\n"
        f"{_LAYOUT}@media print {{ {_PAPER} }}\n"
    )


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items() if colour.startswith("#"))
