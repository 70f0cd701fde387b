"""Gradients by many variables, verified along lines on which all of them move."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import matcalc as mc
from matcalc.numeric.jointly import verify_gradients
from matcalc.numeric.verify import GradientCheck
from matcalc.verified import verify

DEEP = 60


def gradients(text: str, wrt: str, where: str = ""):
    found = mc.derive(text, wrt.split(), where, verify=False)
    by = [d.variables[0] for d in found.results.values()]
    return found.problem.function, [
        (v, d.claims[0][2]) for v, d in zip(by, found.results.values(), strict=True)
    ]


def layers(count: int, f: str) -> tuple[str, str, str]:
    text = "X"
    for k in range(count):
        text = f"{f}(W{k}*{text})"
    names = " ".join(f"W{k}" for k in range(count))
    where = "X, Y in R[n,p]; " + "; ".join(f"W{k} in R[n,n]" for k in range(count))
    return f"norm2({text} - Y)^2", names, where


@pytest.mark.parametrize("f", ["tanh", "sigmoid"])
def test_right_gradients_pass_together(f):
    """Of sigmoids the first layers' gradients are 1e-20 times the last ones'."""
    function, claims = gradients(*layers(DEEP, f))
    found = verify_gradients(function, claims)
    assert found
    assert found.trials == 3
    assert found.method == "complex step"


@pytest.mark.parametrize("wrong", [0, 1, DEEP // 2, DEEP - 1])
@pytest.mark.parametrize("factor", [1 + 1e-5, -1, 1e6, 1e-6])
def test_no_wrong_gradient_hides_behind_others(wrong, factor):
    """However small it is beside the others, and by however little it is off."""
    function, claims = gradients(*layers(DEEP, "sigmoid"))
    v, g = claims[wrong]
    claims[wrong] = (v, factor * g)
    assert verify_gradients(function, claims) is None


def test_errors_that_cancel_along_equal_directions_are_seen():
    A, B = mc.matrices("A[m,n] B[m,n]")
    f = mc.norm2(A + B) ** 2
    right, off = 2 * (A + B), A - B
    assert verify_gradients(f, [(A, right), (B, right)])
    assert verify_gradients(f, [(A, right + off), (B, right - off)]) is None


def test_a_gradient_without_the_structure_of_its_variable_does_not_pass():
    function, claims = gradients("tr(A*S)", "A S", "A in R[n,n]; S in Sym[n]")
    assert verify_gradients(function, claims)
    (by_a, s), (by_s, projected) = claims
    assert verify_gradients(function, [(by_a, s), (by_s, by_a.T)]) is None
    assert verify_gradients(function, [(by_a, s), (by_s, 2 * projected)]) is None


@pytest.mark.parametrize(
    ("text", "wrt", "where"),
    [
        ("norm1(A*x)", "A x", ""),  # not analytic
        ("norm2(Z*W)^2", "Z W", "Z in C[m,n]; W in C[n,p]"),  # Z and conj(Z) are independent
        ("tr(A*X)", "A X", "X in Stiefel[n,p]"),  # on a manifold
        ("f(x) + g(y)", "x y", "f : R[n] -> R; g : R[n] -> R"),  # what f and g are is not known
    ],
)
def test_where_one_line_does_not_serve_nothing_is_said(text, wrt, where):
    function, claims = gradients(text, wrt, where)
    found = verify_gradients(function, claims, convention="riemannian" if where else "projected")
    assert found is None or "f(" in text
    assert mc.derive(text, wrt.split(), where).verify()


def test_slopes_are_taken_as_often_for_many_layers_as_for_few(monkeypatch):
    """Each gradient by itself would take a slope of its own."""
    alone = []
    monkeypatch.setattr(
        GradientCheck, "residuals", lambda self, *_: alone.append(self.variable) or []
    )
    text, names, where = layers(DEEP, "tanh")
    assert mc.derive(text, names.split(), where, verify=False).verify(steps=False)
    assert alone == []


def test_a_wrong_gradient_among_many_is_found_out():
    A, X, B = mc.matrices("A[m,n] X[n,p] B[p,m]")
    f = mc.tr(A @ X @ B)
    right = [(A, (X @ B).T), (X, A.T @ B.T), (B, (A @ X).T)]

    def verified(claims):
        results = {str(v): SimpleNamespace(claims=[(f, v, g, False)]) for v, g in claims}
        problem = SimpleNamespace(convention="projected")
        answer = SimpleNamespace(problem=problem, results=results)
        return verify(answer, 0, 3, 3, steps=False)

    assert verified(right)
    wrong = verified([*right[:2], (B, 2 * (A @ X).T)])
    assert not wrong
    assert "slope" in wrong.message
