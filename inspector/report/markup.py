"""Text that becomes markup: the one place where names from outside turn into HTML."""

from collections.abc import Iterable
from html import escape

from inspector import formatting as fmt


def text(words: str) -> str:
    """Fit to stand in HTML, between tags and in an attribute's quotes: never markup, and never half a character."""
    return escape(fmt.readable(words))


def section(heading: str, body: str, name: str = "") -> str:
    """A part of the page; none where it has no body. `name` is its class."""
    return f'<section class="{name}"><h2>{text(heading)}</h2>{body}</section>' if body else ""


def paragraph(words: str, name: str = "") -> str:
    """Plain words; none where there are none."""
    return f'<p class="{name}">{text(words)}</p>' if words else ""


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Names and their values, plain words both."""
    return "<dl>" + "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in rows) + "</dl>"
