"""Sizes: polynomials in names with exact arithmetic, equal means identical."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.errors import DeclarationError, LimitError, ShapeError
from matcalc.expr.sizes import (
    Size,
    add_sizes,
    divide_sizes,
    multiply_sizes,
    names_of,
    power_size,
    shape_text,
    size_name,
    size_value,
    substitute_size,
)

common = settings(deadline=None, derandomize=True, max_examples=200)
VALUES = {"m": 5, "n": 7, "p": 11}
m, n, p = map(size_name, "mnp")


def test_numbers_are_ints_and_names_are_interned():
    assert size_name("n") is n
    assert add_sizes(2, 3) == 5 and isinstance(add_sizes(2, 3), int)
    assert add_sizes(n, 0) is n and multiply_sizes(n, 1) is n
    assert add_sizes(n, n, -1) == 0
    assert add_sizes(add_sizes(n, 1), 1, -1) is n
    assert add_sizes(multiply_sizes(m, n), n) is multiply_sizes(n, add_sizes(m, 1))
    assert multiply_sizes(m, n) is multiply_sizes(n, m)
    assert divide_sizes(multiply_sizes(2, n), 2) is n
    assert power_size(n, 2) is multiply_sizes(n, n)
    assert power_size(n, 0) == 1


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (n, "n"),
        (add_sizes(n, 1), "n + 1"),
        (add_sizes(n, 1, -1), "n - 1"),
        (multiply_sizes(m, n), "m*n"),
        (multiply_sizes(2, n), "2*n"),
        (power_size(n, 3), "n^3"),
        (divide_sizes(multiply_sizes(n, add_sizes(n, 1)), 2), "(n^2 + n)/2"),
        (divide_sizes(n, 2), "n/2"),
        (add_sizes(1, n, -1), "-n + 1"),
    ],
)
def test_text(size, text):
    assert str(size) == repr(size) == text
    assert mc.parse("x", f"x in R[{text}]").shape[0] is size


sizes = st.recursive(
    st.one_of(st.integers(0, 4), st.sampled_from([m, n, p])),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: add_sizes(*t)),
        st.tuples(inner, inner).map(lambda t: add_sizes(*t, -1)),
        st.tuples(inner, inner).map(lambda t: multiply_sizes(*t)),
        st.tuples(inner, st.integers(1, 4)).map(lambda t: divide_sizes(*t)),
        st.tuples(inner, st.integers(0, 3)).map(lambda t: power_size(*t)),
    ),
    max_leaves=6,
)


def value(size):
    """The value by exact arithmetic, independent of `size_value`."""
    return Fraction(eval(str(size).replace("^", "**"), {k: Fraction(v) for k, v in VALUES.items()}))


@common
@given(sizes, sizes, sizes)
def test_laws(a, b, c):
    assert value(add_sizes(a, b)) == value(a) + value(b)
    assert value(multiply_sizes(a, b)) == value(a) * value(b)
    for one, other in (
        (add_sizes(a, b), add_sizes(b, a)),
        (multiply_sizes(a, b), multiply_sizes(b, a)),
        (multiply_sizes(a, add_sizes(b, c)), add_sizes(multiply_sizes(a, b), multiply_sizes(a, c))),
        (add_sizes(add_sizes(a, b), b, -1), a),
        (divide_sizes(multiply_sizes(a, 3), 3), a),
    ):
        assert one is other or (isinstance(one, int) and one == other)


@common
@given(sizes)
def test_values_pickles_and_substitution(a):
    if value(a).denominator == 1 and value(a) >= 0:
        assert size_value(a, VALUES) == value(a)
        assert substitute_size(a, VALUES) == value(a)
    elif isinstance(a, Size):
        with pytest.raises(ShapeError):
            size_value(a, VALUES)
    again = pickle.loads(pickle.dumps(a))
    assert again is a or again == a
    assert copy.deepcopy(a) is a or isinstance(a, int)
    assert set(names_of(a)) <= set(VALUES)
    renamed = substitute_size(a, {"m": p, "n": p})
    assert set(names_of(renamed)) <= {"p"}
    swapped = substitute_size(substitute_size(a, {"m": n, "n": m}), {"m": n, "n": m})
    assert swapped is a or swapped == a


def test_errors():
    with pytest.raises(DeclarationError, match=r"cannot divide the size m by n: only by a number"):
        divide_sizes(m, n)
    with pytest.raises(DeclarationError, match="cannot divide the size m by 0"):
        divide_sizes(m, 0)
    with pytest.raises(DeclarationError, match="the exponent -1 of a size is not a whole number"):
        power_size(m, -1)
    with pytest.raises(LimitError, match="MAX_POWER"):
        power_size(m, 1000)
    many = add_sizes(0, 0)
    for k in range(30):
        many = add_sizes(many, size_name(f"n{k}"))
    with pytest.raises(LimitError, match="MAX_TERMS"):
        power_size(many, 2)
    with pytest.raises(ShapeError, match="the size n/2 is 7/2 here"):
        size_value(divide_sizes(n, 2), VALUES)
    with pytest.raises(ShapeError):
        size_value(add_sizes(m, n, -1), VALUES)


def test_shapes_in_messages():
    assert shape_text((m, n)) == "m×n" and shape_text((3, 1)) == "3×1"
    assert shape_text((add_sizes(n, 1), multiply_sizes(m, n))) == "(n + 1)×m*n"


def test_threads_share_sizes():
    def work(_):
        return [power_size(add_sizes(size_name("k"), j), 2) for j in range(200)]

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(work, range(8)))
    assert all(a is b for row in rows[1:] for a, b in zip(row, rows[0], strict=True))
    assert all(isinstance(s, Size) for s in rows[0])


def test_sizes_in_shapes():
    where = (
        "x in R[m*n]; y in R[n*m]; z in R[n + n]; w in R[2*n]; A in R[n^2,n + 1]; v in R[n*(n+1)/2]"
    )
    assert mc.parse("x + y", where).shape == (multiply_sizes(m, n), 1)
    assert mc.parse("z'*w", where).is_scalar
    assert str(mc.parse("A", where).shape[0]) == "n^2"
    with pytest.raises(ShapeError):
        mc.parse("x + z", where)
    d = mc.derive("sum(v)/n", "v", where)
    assert mc.Workspace(where).parse(str(d.result)) is d.result and d.verification
