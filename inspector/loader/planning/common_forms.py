"""Which arrays samples are made of, where most are alike: then those of a batch can be written side by side."""

import numpy as np

from inspector.loader.memory.slots import Forms
from inspector.settings import LoaderConfig
from inspector.sources.structure import ArrayForm

_ALIKE = 16  # samples in a row
_ODD = 3  # samples; one in so many is forgiven:
_FORGIVEN = 1 / 16


def expected_forms(config: LoaderConfig) -> Forms | None:
    """Those of an image by the settings; None: not known before it is loaded."""
    size = config.image_size
    return (ArrayForm(np.dtype(config.dtype).str, (*size, 3)),) if size else None


class CommonForms:
    """Learns them from what is loaded.

    It decides only where samples are written, and never what is delivered: that would depend on who is done first.

    Attributes:
        forms: of the arrays of one sample; (): it has none. None: samples differ, and each has a place of its own.
        fixed: nothing is learned.
    """

    def __init__(self, forms: Forms | None, *, fixed: bool) -> None:
        self.forms = forms
        self.fixed = fixed
        self._last = forms
        self._alike = 0
        self._odd = _ODD - 1.0  # what is only expected is given up at once

    def is_settled(self, forms: Forms) -> bool:
        """Nothing would be learned from another sample of these."""
        return self.fixed or (forms == self.forms and not self._odd)

    def add(self, forms: Forms) -> bool:
        """A sample was loaded. True: from now on, `forms` is another."""
        if self.is_settled(forms):
            return False
        self._alike = self._alike + 1 if forms == self._last else 1
        self._last = forms
        if self.forms is None:
            if self._alike < _ALIKE:
                return False
            self.forms, self._odd = forms, 0.0
            return True
        self._odd = self._odd + 1 if forms != self.forms else max(0.0, self._odd - _FORGIVEN)
        if self._odd < _ODD:
            return False
        self.forms = None
        return True
