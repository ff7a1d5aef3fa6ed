"""From the error of a program that could not be loaded to the package that is missing."""

import re

from inspector.display import QT_LIBRARIES, X11_LIBRARIES


def advice_for(said: str, otherwise: str) -> str:
    """The package with the library that `said` names, where it is known; `otherwise` where it names none."""
    packages = QT_LIBRARIES | X11_LIBRARIES
    named = list(dict.fromkeys(re.findall(r"\blib[\w+-]+\.so(?:\.\d+)*", said)))
    known = [packages[library] for library in named if library in packages]
    if known:
        return f"on Debian or Ubuntu: apt-get install {' '.join(known)}"
    return f"install the system's package that has {', '.join(named)}" if named else otherwise
