"""What `ssh` asks is asked in a window, where there is no terminal: the program that shows it, as `ssh` calls it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from inspector.ui import ask_for_ssh
from inspector.ui.ask_for_ssh import SshQuestion
from inspector.wire.askpass import asking_environment


def answered(question: str, button: str, text: str = "") -> SshQuestion:
    """The question, once somebody has typed and clicked."""
    asked = SshQuestion(question)

    def act() -> None:
        asked.field.setText(text)
        found = asked.findChild(QPushButton, button)
        assert found is not None
        found.click()

    QTimer.singleShot(0, asked, act)
    asked.exec()
    return asked


def test_a_passphrase_is_hidden_and_goes_to_ssh(qapp: QApplication) -> None:
    asked = answered("Enter passphrase for key '/home/me/.ssh/id': ", "sshYesButton", "a secret")
    assert asked.field.echoMode() is QLineEdit.EchoMode.Password
    assert asked.result() == SshQuestion.DialogCode.Accepted
    assert asked.answer == "a secret"


@pytest.mark.parametrize(("button", "accepted"), [("sshYesButton", True), ("sshNoButton", False)])
def test_a_new_host_key_is_confirmed_or_not(qapp: QApplication, button: str, accepted: bool) -> None:
    asked = answered("ED25519 key fingerprint is SHA256:x.\nAre you sure (yes/no/[fingerprint])? ", button)
    assert not asked.field.isVisibleTo(asked)
    assert (asked.result() == SshQuestion.DialogCode.Accepted) is accepted
    assert asked.answer == "yes"


def test_the_text_of_a_question_is_plain(qtbot: QtBot) -> None:
    asked = SshQuestion("<b>Password</b> of \x1b[31mme:")
    qtbot.addWidget(asked)
    [shown] = asked.findChildren(QLabel)
    assert "<b>Password</b>" in shown.text()
    assert "\x1b" not in shown.text()
    assert shown.textFormat().name == "PlainText"


@pytest.mark.parametrize(("answer", "status", "printed"), [("yes", 0, "pass\n"), ("no", 1, "")])
def test_the_answer_is_printed_for_ssh(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, status: int,
    printed: str,
) -> None:  # fmt: skip
    def exec_(self: SshQuestion) -> int:
        self.field.setText("pass")
        return int(SshQuestion.DialogCode.Accepted if answer == "yes" else SshQuestion.DialogCode.Rejected)

    monkeypatch.setattr(SshQuestion, "exec", exec_)
    monkeypatch.setattr(ask_for_ssh, "QApplication", lambda arguments: qapp)
    assert ask_for_ssh.main(["Enter passphrase:"]) == status
    assert capsys.readouterr().out == printed


def test_a_program_of_the_users_own_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert asking_environment({"DISPLAY": ":0", "SSH_ASKPASS": "/usr/bin/ksshaskpass"}) == {}
    assert asking_environment({}) == {}  # no screen: it asks in the terminal
    assert not any(tmp_path.iterdir())
    made = asking_environment({"DISPLAY": ":0"})
    program = Path(made["SSH_ASKPASS"])
    assert made["SSH_ASKPASS_REQUIRE"] == "force"
    assert program.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")
def test_ssh_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ssh-keygen` asks for a passphrase as `ssh` does; without a screen, what is called ends at once."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)], check=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    environ = {**os.environ, **asking_environment({"DISPLAY": ":0"})}
    program = Path(environ["SSH_ASKPASS"])
    script = program.read_text()
    assert "inspector.ui.ask_for_ssh" in script
    typing = (
        "import sys; from PySide6.QtCore import QTimer; from inspector.ui import ask_for_ssh as a\n"
        "e = a.SshQuestion.exec\n"
        "def exec_(self):\n"
        "    QTimer.singleShot(0, self, lambda: (self.field.setText('secret'), self.accept()))\n"
        "    return e(self)\n"
        "a.SshQuestion.exec = exec_; sys.exit(a.main(sys.argv[1:]))"
    )
    program.write_text(script.replace("-m inspector.ui.ask_for_ssh", f'-c "{typing}"'))  # somebody types
    said = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(key)],
        env={**environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # no terminal
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.split()[:2] == key.with_suffix(".pub").read_text().split()[:2]
