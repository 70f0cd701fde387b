"""The two layouts of arrays: the one evaluated in, and the one that users see.

Inside, every array has two axes (a vector is n×1) and a 1×1 expression is a number. Outside, in
*tensor layout*, 1×1 has no axis, n×1 one, everything else two. Both are decided by the symbolic
shape: a vector of R[n] stays a vector where n happens to be 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.expr.sizes import Shape, size_value

SCALAR: Shape = (1, 1)


def numeric_shape(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, int]:
    """Rows and columns as numbers."""
    rows, columns = shape
    return (
        rows if type(rows) is int else size_value(rows, sizes),
        columns if type(columns) is int else size_value(columns, sizes),
    )


def tensor_shape(shape: Shape, sizes: Mapping[str, int] | None = None) -> tuple:
    """The axes of a value of this symbolic shape; as numbers where sizes are given."""
    full = shape if sizes is None else numeric_shape(shape, sizes)
    if shape == SCALAR:
        return ()
    return full[:1] if shape[1] == 1 else full


def to_tensor(value: Any, shape: Shape) -> Any:
    """A value from inside, for a user: vectors lose their second axis."""
    return value[:, 0] if shape[1] == 1 and shape != SCALAR else value


def from_tensor(value: np.ndarray, shape: Shape) -> Any:
    """A user's array of the right number of axes, for the inside: vectors get a second axis."""
    if shape == SCALAR:
        return value[()]
    return value[:, None] if shape[1] == 1 else value
