"""Values to 50 digits and in double precision, written apart from one another, agree."""

import numpy as np
import pytest

from matcalc.functions import registry
from matcalc.numeric.fields import Pole
from matcalc.numeric.precise import HighPrecision
from matcalc.numeric.precise_matrices import VALUES
from matcalc.numeric.records import compiled

NUMBERS = HighPrecision(1)
SHAPES = ((1, 1), (2, 2), (3, 3), (4, 3), (5, 2), (2, 3))


def draw(rng, shape, square):
    """A random matrix; a square argument is positive definite."""
    a = rng.standard_normal(shape)
    return a @ a.T + 0.5 * np.eye(len(a)) if square else a


def cases(name, count):
    """Arguments in double precision for the shapes that the function takes."""
    record = registry()[name][count]
    first = record.signatures[0].domains[0]
    square = len(first) == 2 and first[0] == first[1]
    rng = np.random.default_rng(sum(map(ord, name)) + count)
    for shape in SHAPES:
        if square and shape[0] != shape[1]:
            continue
        if name.endswith(",2)") and shape[0] > 2:
            continue  # n^6 values to 50 digits
        a = draw(rng, shape, square) if len(first) == 2 else rng.standard_normal((shape[0], 1))
        others = {"k": np.float64(min(2, shape[1])), "p": np.float64(3)}
        if "B" in record.needs:  # positive definite
            others["B"] = draw(rng, shape, square)
        rest = [others.get(p, rng.standard_normal(shape)) for p in record.parameters[1:]]
        yield record, [a, *rest]


def precise(value):
    mpf = NUMBERS.ctx.mpf
    return np.vectorize(mpf, otypes=[object])(value) if np.ndim(value) else mpf(value)


@pytest.mark.parametrize(("name", "count"), VALUES, ids=lambda v: str(v))
def test_both_values_agree(name, count):
    for record, arguments in cases(name, count):
        wanted = np.asarray(compiled(record)[0](*arguments))
        found = np.array(VALUES[name, count](NUMBERS, *map(precise, arguments)), dtype=float)
        assert found.shape == wanted.shape
        scale = max(1.0, float(np.max(abs(wanted))))
        assert np.max(abs(found - wanted)) < 1e-11 * scale, (arguments, found, wanted)


TURN = np.array([[0.0, -1.0], [1.0, 0.0]])  # with complex eigenvalues
NEGATIVE = np.array([[-1.0, 0.0], [0.0, 2.0]])


@pytest.mark.parametrize(
    ("name", "a"), [("eigvals", TURN), ("logm", NEGATIVE), ("sqrtm", NEGATIVE), ("chol", NEGATIVE)]
)
def test_where_there_is_no_value(name, a):
    with pytest.raises(Pole):
        VALUES[name, 1](NUMBERS, precise(a))
    with pytest.raises(np.linalg.LinAlgError):
        compiled(registry()[name][1])[0](a)
