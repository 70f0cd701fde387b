"""Expressions cannot be changed: they are shared by everything that is equal to them."""

import pytest

import matcalc as mc


def test_nothing_can_be_set_or_deleted():
    a = mc.matrices("A[m,n]")
    for change in (
        lambda: setattr(a, "shape", (1, 1)),
        lambda: setattr(a, "facts", frozenset()),
        lambda: setattr(a, "note", 1),
        lambda: delattr(a, "shape"),
    ):
        with pytest.raises(AttributeError, match="immutable"):
            change()
    assert str(mc.gradient(mc.tr(a.T @ a), a)) == "2*A"
