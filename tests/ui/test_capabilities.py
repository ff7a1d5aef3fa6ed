"""What a session cannot do is not shown, or says why."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QCheckBox, QTextEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from inspector.session.local import LocalSession
from inspector.session.protocol import Capabilities, Session
from inspector.session.records import Problem, ProblemKind
from inspector.settings import SessionConfig
from inspector.ui.batch.swap import Swap
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.problems.panel import ProblemsPanel
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme
from inspector.ui.viewer.window import ViewerWindow

WHY = "The files are on another machine."


class DistantSession(LocalSession):
    """One that can do next to nothing."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset(), {"move_aside": WHY, "examine": WHY, "proof": WHY})


@pytest.fixture
def distant() -> Iterator[Session]:
    made = DistantSession(SessionConfig(num_workers=0))
    yield cast(Session, made)
    made.close()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()


def test_actions_on_skipped_files(qtbot: QtBot, theme: Theme, distant: Session) -> None:
    panel = ProblemsPanel(theme, distant)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.bar)
    panel.resize(1300, 300)
    panel.show()
    panel.bar.show()
    panel.model.clear("elsewhere")
    panel.model.append([Problem("/data/a.jpg", ProblemKind.EMPTY, "The file is empty.")])
    panel.table.selectAll()
    QApplication.processEvents()

    def action(name: str) -> QAction:
        found = panel.findChild(QAction, name)
        assert found is not None
        return found

    for name in ("moveAsideAction", "undoMoveAction", "restoreManifestAction", "loadAgainAction"):
        assert (action(name).isEnabled(), action(name).isVisible(), action(name).toolTip()) == (False, True, WHY)
    for name in ("revealProblemAction", "openProblemAction"):
        assert not action(name).isVisible()
    for name in ("copyPathAction", "copyDetailsAction", "exportProblemsAction"):
        assert action(name).isEnabled()
    reveal = panel.bar.findChild(QToolButton, "revealProblemButton")
    assert reveal is not None
    assert reveal.isHidden()
    text, pictures = panel.findChild(QTextEdit, "problemText"), panel.findChild(QWidget, "problemPictures")
    assert text is not None
    assert pictures is not None
    assert WHY in text.toPlainText()
    assert pictures.isHidden()
    panel.stop()


def test_the_viewer_compares_only_where_there_is_a_second_decoder(
    qtbot: QtBot, theme: Theme, distant: Session, session: Session, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    preferences = Preferences(str(tmp_path / "window.json"))
    for each, able in ((distant, False), (session, True)):
        viewer = ViewerWindow(parent, each, theme, Swap(parent), LabelLayer(parent), preferences)
        compare = viewer.findChild(QCheckBox, "compareCheck")
        assert compare is not None
        assert compare.isEnabled() == able
        assert (compare.toolTip() == WHY) != able
