"""What a session cannot do is not shown, or says why."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from inspector.session.protocol import Capabilities
from inspector.ui.plain_text import plain_text


def offer(capabilities: Capabilities, name: str, *offered: QAction | QWidget) -> bool:
    """Hide what the session cannot do; where there is a reason, disable it with that as its tool tip instead.

    Returns:
        Whether the session can do it.
    """
    able = name in capabilities
    reason = capabilities.reasons.get(name, "")
    for each in offered:
        if not able:
            each.setEnabled(False)
            each.setVisible(bool(reason))
            each.setToolTip(plain_text(reason))
            each.setStatusTip(reason)
    return able
