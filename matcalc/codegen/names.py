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

    def __init__(self, taken: Iterable[str] = ()):
        self._taken = set(taken) | RESERVED
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
        name = "".join(c if ("_" + c).isidentifier() else "_" for c in name)
        if not name.isidentifier() or name.startswith("__"):
            name = "v_" + name.strip("_")
        found, k = name, 1
        while found in self._taken or unicodedata.normalize("NFKC", found) in self._taken:
            k += 1
            found = f"{name}_" if k == 2 and name in RESERVED else f"{name}_{k}"
        self._taken.add(found)
        return found
