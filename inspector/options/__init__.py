"""What a command line may say: a text comes in, checked options for one verb come out; nothing is started here.

`values` turns words into numbers, sizes and names; `loading` has the options that describe a loader, and makes its
settings of them; `verbs` has a parser for each verb. A bad command line ends the program with status 2 and one line.
"""

from inspector.options.loading import settings_of
from inspector.options.one_line import say
from inspector.options.verbs import VERBS, parse

__all__ = ["VERBS", "parse", "say", "settings_of"]
