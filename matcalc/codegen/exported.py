"""Code for languages that are not run from here: it is read, and pasted elsewhere."""

from __future__ import annotations

from typing import Any, NoReturn

from matcalc.codegen.compiled import Compiled
from matcalc.codegen.emitter import Source
from matcalc.codegen.request import Request
from matcalc.errors import NotSupportedError


class Exported(Compiled):
    """The code of a function for another language: `source`. It cannot be called.

    The code is in double precision, and checks neither shapes nor declared sets.
    """

    def __init__(self, request: Request):
        if request.dtype == "float32":
            raise NotSupportedError(f"single precision in code for {request.backend}")
        super().__init__(request)

    @property
    def written(self) -> Source:
        """The code with its parameters, where nothing is fixed."""
        return self._sources(self.program(), self._usual_precision)[1]

    def __call__(self, /, *positional: Any, **named: Any) -> NoReturn:
        raise self._refusal()

    def flat(self, /, **like: Any) -> NoReturn:
        raise self._refusal()

    def _refusal(self) -> NotSupportedError:
        language = self.request.backend
        return NotSupportedError(
            f"calling code for {language} from Python",
            hint=f"its source is to be run by {language}",
        )

    def __reduce__(self):
        return Exported, (self.request,)
