"""Names in generated code: made by us, or checked."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Hashable, Iterable

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


class Names:
    """Identifiers of one function, each given out once.

    Things are keys: what the identifier of a thing is stays the same.
    """

    def __init__(
        self, taken: Iterable[str] = (), reserved: frozenset[str] = RESERVED, ascii: bool = False
    ):
        self._reserved, self._ascii = reserved, ascii
        self._taken = set(taken) | reserved
        self._given: dict[Hashable, str] = {}

    def of(self, key: Hashable, wish: str) -> str:
        """The identifier of a thing, as close to the wish as can be."""
        found = self._given.get(key)
        if found is None:
            found = self._given[key] = self.fresh(wish)
        return found

    def fresh(self, wish: str) -> str:
        """An identifier that is not in use."""
        name = unicodedata.normalize("NFKC", wish)
        name = spelt_out(name) if self._ascii else name
        name = "".join(c if ("_" + c).isidentifier() else "_" for c in name)
        if not name.isidentifier() or name.startswith("__"):
            name = "v_" + name.strip("_")
        found, k = name, 1
        while found in self._taken or unicodedata.normalize("NFKC", found) in self._taken:
            k += 1
            found = f"{name}_" if k == 2 and name in self._reserved else f"{name}_{k}"
        self._taken.add(found)
        return found


def spelt_out(name: str) -> str:
    """A name in the letters of ASCII: σ_1 as sigma_1, and a letter first."""
    found = "".join(c if c.isascii() else _letter(c) for c in name)
    return found if found[:1].isalpha() else f"v{found}"


def _letter(c: str) -> str:
    """A letter's own name: that of σ is sigma, of Σ Sigma."""
    name = unicodedata.name(c, "").rpartition(" LETTER ")[2].partition(" ")[0]
    return name.capitalize() if c.isupper() else name.lower()
