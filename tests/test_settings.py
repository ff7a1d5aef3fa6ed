"""One table of settings: what is declared once is everywhere, and what is checked is said in the same words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QLabel, QSpinBox
from pytestqt.qtbot import QtBot

from inspector import Loader
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.parser import Parser
from inspector.errors import SettingsError
from inspector.monitor.records import SettingChange
from inspector.session.local import LocalSession
from inspector.settings import (
    CommandOption,
    LoaderConfig,
    PanelControl,
    SessionConfig,
    change_text,
    plain_values,
    setting,
    settings_table,
)
from inspector.settings.__main__ import page
from inspector.ui.settings.panel import SettingsPanel
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.setting_changes import SettingChanges
from tests.conftest import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpening(SessionConfig):
    """The settings, and one more."""

    sharpen: int = setting(
        3, "how much edges are raised", low=0, high=9, mark="sharp",
        option=CommandOption("--sharpen", "raise edges so much; default {default}", metavar="N"),
        control=PanelControl(label="Sharpen", section="IMAGES", object_name="sharpenSpin", tip="Raises edges."),
    )  # fmt: skip


@pytest.fixture
def session() -> Iterator[LocalSession]:
    session = LocalSession(Sharpening(num_workers=1))
    yield session
    session.close()


def test_a_new_setting_is_checked() -> None:
    assert plain_values(Sharpening(sharpen=5))["sharpen"] == 5
    with pytest.raises(SettingsError, match=r"^sharpen must be 0 to 9, not 10$"):
        Sharpening(sharpen=10)
    with pytest.raises(SettingsError, match=r"^sharpen must be a whole number, not 'much'$"):
        Sharpening().with_changes(sharpen="much")


def test_a_new_setting_is_an_option() -> None:
    parser = Parser(prog="inspector")
    add_loader_options(parser, Sharpening)
    assert "--sharpen N" in parser.format_help()
    assert "raise edges so much; default 3" in parser.format_help()
    assert settings_of(parser.parse_args(["--sharpen", "7"]), Sharpening) == settings_of(
        parser.parse_args([]), Sharpening
    ).with_changes(sharpen=7)
    with pytest.raises(SettingsError, match=r"^--sharpen must be 0 to 9, not 10$"):
        settings_of(parser.parse_args(["--sharpen", "10"]), Sharpening)


def test_a_new_setting_is_in_the_panel(qtbot: QtBot, session: LocalSession) -> None:
    panel = SettingsPanel(Sharpening)
    qtbot.addWidget(panel)
    steps = QUndoStack(panel)
    changes = SettingChanges(session, panel, steps, Sharpening)
    spin = panel.findChild(QSpinBox, "sharpenSpin")
    assert isinstance(spin, QSpinBox)
    assert (spin.minimum(), spin.maximum(), spin.toolTip(), spin.accessibleName()) == (0, 9, "Raises edges.", "Sharpen")
    assert "Sharpen" in [each.text() for each in panel.findChildren(QLabel) if each.buddy() is spin]
    before = session.snapshot()
    panel.show_settings(before.settings, before.revision)
    assert spin.value() == 3

    spin.setValue(5)
    after = session.snapshot()
    assert after.settings["sharpen"] == changes.current()["sharpen"] == 5
    assert steps.undoText() == "sharp 3→5"
    panel.show_settings(before.settings, before.revision)
    assert spin.value() == 5  # what is older does not turn it back
    session.change(sharpen=4)
    after = session.snapshot()
    panel.show_settings(after.settings, after.revision)
    assert spin.value() == 4


@pytest.mark.parametrize("far", [True, False])
def test_the_rate_of_the_line_is_a_setting_of_a_window_on_another_machine(
    qtbot: QtBot, session: LocalSession, far: bool
) -> None:
    panel = SettingsPanel(far=far)
    qtbot.addWidget(panel)
    panel.show_source(session.snapshot())
    panel.show_settings(plain_values(SessionConfig(line_kb_per_s=250)), 0)
    spin = panel.findChild(QSpinBox, "lineRateSpin")
    assert isinstance(spin, QSpinBox)
    assert (spin.value(), spin.text(), spin.accessibleName()) == (250, "250 kB/s", "Rate")
    spin.stepUp()
    assert spin.value() == 300  # not 251, and from 0 no line that takes nothing
    assert spin.isHidden() is not far
    assert {each.text() for each in panel.findChildren(QLabel) if each.text() == "LINE" and not each.isHidden()} == (
        {"LINE"} if far else set()
    )


def test_a_new_setting_is_remembered(tmp_path: Path) -> None:
    def preferences() -> Preferences:
        return Preferences(str(tmp_path / "window.json"), Sharpening)

    preferences().remember_settings(plain_values(Sharpening(sharpen=8)))
    assert preferences().resume(Sharpening(), ()) == Sharpening(sharpen=8)
    assert preferences().resume(Sharpening(), {"sharpen"}) == Sharpening()


def test_a_change_of_a_new_setting_is_a_record_and_a_mark(session: LocalSession) -> None:
    session.change(sharpen=6)
    (change,) = session.snapshot().changes
    assert change == SettingChange(change.time_s, "sharpen", 3, 6)
    assert change_text(change.name, change.old, change.new, settings_table(Sharpening)) == "sharp 3→6"
    assert change.text == "sharpen 3→6"  # by whom it is not known


def test_a_new_setting_is_in_the_docs() -> None:
    row = "| `sharpen` | 3 | 0 to 9 | `--sharpen N` | Sharpen |  | How much edges are raised. |"
    assert row in page(Sharpening).splitlines()


def test_each_intent_has_a_revision_that_the_snapshot_echoes(session: LocalSession) -> None:
    revision = session.snapshot().revision
    for intent in (partial(session.change, batch_size=7), session.pause, session.run, session.previous_batch):
        before, revision = revision, intent()
        assert session.snapshot().revision == revision > before


def test_the_page_of_settings_is_up_to_date() -> None:
    written = (ROOT / "assets" / "docs" / "settings.md").read_text("utf-8")
    assert written == page(), "run python -m inspector.settings > assets/docs/settings.md"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"batch_size": 0}, "batch_size must be 1 to 65536, not 0"),
        ({"num_workers": 2.0}, "num_workers must be a whole number, not 2.0"),
        ({"num_workers": True}, "num_workers must be a whole number, not True"),
        ({"prefetch_batches": 1025}, "prefetch_batches must be 1 to 1024, not 1025"),
        ({"seed": 1 << 63}, f"seed must be 0 to 2**63 - 1, not {1 << 63}"),
        ({"epochs": 0}, "epochs must be None (for ever) or 1 or more, not 0"),
        ({"engine": "fibres"}, "engine must be one of processes, threads, serial, not 'fibres'"),
        ({"shuffle": "yes"}, "shuffle must be True or False, not 'yes'"),
        ({"sample_timeout_s": float("nan")}, "sample_timeout_s must be more than 0, not nan"),
        ({"memory_limit_bytes": -1}, "memory_limit_bytes must be more than 0, not -1"),
        ({"image_size": (0, 8)}, "image_size must be None or (height, width) of 1 to 16384 pixels, not (0, 8)"),
        ({"extensions": (".",)}, "extensions must name at least one, such as jpg"),
        ({"step_ms": -1}, "step_ms must be 0 to 3600000 ms, not -1.0"),
    ],
)
def test_a_value_that_cannot_work_is_named(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        SessionConfig(**wrong)  # type: ignore[arg-type]
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        ("num_workers", 1, 2, "workers 1→2"),
        ("image_size", None, (224, 160), "size native→224 × 160"),
        ("step_ms", 5.0, 12.5, "step 5 ms→12.5 ms"),
        ("deliver_bgr", False, True, "BGR off→on"),
        ("from_elsewhere", 1, None, "from_elsewhere 1→None"),
    ],
)
def test_a_change_in_words(name: str, old: int | None, new: int | None, text: str) -> None:
    assert change_text(name, old, new) == text


def _flip(rgb: object, rng: object) -> object:
    return rgb


def test_plain_values_name_the_users_code() -> None:
    values = plain_values(LoaderConfig(transform=_flip, read_image="my_module:read"))
    assert values["transform"] == f"{__name__}:_flip"
    assert values["read_image"] == "my_module:read"


def test_a_loader_takes_a_config_and_changes_of_it(photos: Path) -> None:
    config = SessionConfig(batch_size=4, num_workers=0, image_size=(16, 16), step_ms=3)
    with Loader(photos, config) as loader:
        assert loader.config is config
        assert len(next(loader)) == 4
    with Loader(photos, config, batch_size=2) as loader:
        assert loader.config == config.with_changes(batch_size=2)
