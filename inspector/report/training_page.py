"""The report of a watched training, from its session alone."""

from dataclasses import asdict
from datetime import datetime

from inspector import __version__
from inspector.colours import DARK, LIGHT
from inspector.report.content import Content
from inspector.report.machine import machine_of
from inspector.report.page import page
from inspector.report.training import training_section
from inspector.session.protocol import Session


def training_page(session: Session) -> str:
    """The page of a watched training, as it is now."""
    return page(_content(session), machine_of(session), asdict(LIGHT), asdict(DARK))


def _content(session: Session) -> Content:
    """The records of a session that watches a training."""
    view = session.batch_view()
    return Content(
        written_at=datetime.now().astimezone(),
        program=f"inspector {__version__}",
        snapshot=session.snapshot(),
        series=session.series(),
        problems=session.problems(),
        view=view,
        training=training_section(session),
    )
