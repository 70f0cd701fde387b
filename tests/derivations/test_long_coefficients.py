"""Coefficients that have become long get names: derivations grow with the number of layers."""

import pytest

import matcalc as mc


def plain(layers):
    body = "x"
    for k in range(layers):
        body = f"tanh(W_{k}*{body})"
    return mc.derive(f"sum({body})", "W_0", where="x in R[n]", verify=False)


def reused(layers):
    values = "; ".join(f"h_{k + 1} = tanh(W*h_{k}) + h_{k}" for k in range(layers))
    where = "W in R[n,n]; h_0 in R[n]"
    return mc.derive(f"{values}; sum(h_{layers})", "W", where=where, verify=False)


@pytest.mark.parametrize("made", [plain, reused])
def test_growth_is_linear(made):
    """The square would be a factor of 4, and more."""
    ten, twenty, forty = (made(k) for k in (10, 20, 40))
    for write in (lambda d: d.latex(), lambda d: d.steps_text(), lambda d: d.steps_unicode()):
        a, b, c = (len(write(d)) for d in (ten, twenty, forty))
        assert c - b < 2.6 * (b - a), f"{a}, {b}, {c} characters"


@pytest.mark.parametrize("made", [plain, reused])
def test_the_lines_hold_with_the_names_put_in(made):
    d = made(7)
    introduced = [n.name for step in d.steps if step.kind == "line" for n in step.names]
    assert introduced and len(set(introduced)) == len(introduced)
    assert d.verify(steps=True)


def test_a_name_of_the_user_is_not_taken():
    values = "; ".join(f"h_{k + 1} = tanh(g*W*h_{k}) + G*h_{k}" for k in range(7))
    where = "W, G in R[n,n]; h_0 in R[n]; g in R"
    d = mc.derive(f"{values}; sum(h_7)", "W", where=where, verify=False)
    introduced = {n.name for step in d.steps if step.kind == "line" for n in step.names}
    assert introduced and not introduced & {"g", "G"}
    assert d.verify(steps=True)


def test_short_derivations_introduce_no_names():
    d = plain(2)
    assert not any(step.names for step in d.steps if step.kind == "line")
