"""Random expressions: equal to their simplified form, and never to a changed one."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.equality import compare, equivalent
from matcalc.errors import MatcalcError
from matcalc.expr import build as b
from matcalc.expr.nodes import Number, Product, Transpose, postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.functions import lookup
from matcalc.simplify.normal_form import Simplifier

WHERE = "A, B in R[n,n]; S in Sym[n]; P in SPD[n]; Q in Orth[n]; x, y in R[n]; c in R; k in R+"
SCOPE = mc.Workspace(WHERE)
SYMBOLS = {name: b.symbol(name, of) for name, of in SCOPE.scope.sets.items()}
N = SYMBOLS["A"].shape[0]
MATRICES = [SYMBOLS[s] for s in "ABSPQ"] + [b.identity(N)]
VECTORS = [SYMBOLS[s] for s in "xy"]
SCALARS = [SYMBOLS[s] for s in "ck"] + [b.number(2)]
common = settings(deadline=None, derandomize=True, max_examples=120)


def apply(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


@st.composite
def expressions(draw, shape="matrix", depth=3, smooth=False):
    """An expression of a shape: rational, or with entrywise functions if `smooth`."""
    leaves = {"matrix": MATRICES, "vector": VECTORS, "scalar": SCALARS}[shape]
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(leaves))

    def below(kind):
        return draw(expressions(kind, depth - 1, smooth))

    choice = draw(st.integers(0, 7))
    if choice == 0:
        return b.add(below(shape), below(shape))
    if choice == 1:
        return b.subtract(below(shape), below(shape))
    if choice == 2:
        return b.multiply(below("scalar"), below(shape))
    if choice == 3 and smooth:
        return apply(draw(st.sampled_from(["exp", "tanh", "sigmoid", "abs"])), below(shape))
    if shape == "scalar":
        options = [
            lambda: apply("tr", below("matrix")),
            lambda: b.multiply(b.transpose(below("vector")), below("vector")),
            lambda: b.frobenius(below("matrix"), below("matrix")),
            lambda: b.power(apply("norm2", below("vector")), 2),
            lambda: apply("sum", below("matrix")),
        ]
    elif shape == "vector":
        options = [
            lambda: b.multiply(below("matrix"), below("vector")),
            lambda: b.hadamard(below("vector"), below("vector")),
            lambda: apply("diag", below("matrix")),
        ]
    else:
        options = [
            lambda: b.multiply(below("matrix"), below("matrix")),
            lambda: b.transpose(below("matrix")),
            lambda: b.hadamard(below("matrix"), below("matrix")),
            lambda: b.inverse(b.add(below("matrix"), SYMBOLS["P"])),
            lambda: b.multiply(below("vector"), b.transpose(below("vector"))),
            lambda: apply("diag", below("vector")),
        ]
    return draw(st.sampled_from(options))()


any_shape = st.sampled_from(["matrix", "vector", "scalar"])


def decided(left, right):
    """The verdict; None where a side has no value anywhere."""
    try:
        return compare(left, right)
    except MatcalcError as error:
        assert "undefined" in error.message
        return None


@common
@given(any_shape.flatmap(lambda s: expressions(s)))
def test_simplified_rational_expressions_are_equal(e):
    verdict = decided(e, Simplifier()(e))
    assume(verdict is not None)
    assert verdict, f"{e}: {verdict}"


@settings(common, max_examples=40)
@given(any_shape.flatmap(lambda s: expressions(s, smooth=True)))
def test_simplified_smooth_expressions_are_equal(e):
    verdict = decided(e, Simplifier()(e))
    assume(verdict is not None)
    assert verdict, f"{e}: {verdict}"


def mutations(e):
    """Changed expressions: a coefficient, a lost transpose, swapped factors, another variable."""
    for node in postorder(e):
        if isinstance(node, Number):
            yield substitute(e, {node: b.number(node.value + 1)})
        elif isinstance(node, Transpose):
            if node.shape[0] == node.shape[1]:
                yield substitute(e, {node: node.argument})
        elif isinstance(node, Product):
            yield substitute(e, {node: b.negate(node)})
            if len(node.chain) == 2 and all(c.shape == (N, N) for c in node.chain):
                swapped = b.product(node.coefficient, node.scalars, node.chain[::-1])
                yield substitute(e, {node: swapped})
    yield substitute(e, {SYMBOLS["A"]: SYMBOLS["B"]})


def numerically_different(left, right, seed):
    rng = np.random.default_rng(seed)
    values = {}
    for s in symbols(left, right):
        shape = (3, 3) if s.shape == (N, N) else (3, 1) if s.shape == (N, 1) else (1, 1)
        value = s.set.kind.draw(rng, shape)
        values[s.name] = value if shape == (3, 3) else value[:, 0] if shape[0] > 1 else value[0, 0]
    values |= {"n": 3}
    try:
        p, q = (np.asarray(e.evaluate(values)) for e in (left, right))
    except MatcalcError:
        return None
    scale = max(1.0, abs(p).max(), abs(q).max())
    if not np.isfinite(p - q).all() or scale > 1e6:
        return None
    return bool(abs(p - q).max() > 1e-4 * scale)


@settings(common, max_examples=60)
@given(any_shape.flatmap(lambda s: expressions(s, depth=2)), st.integers(0, 1000))
def test_changed_expressions_are_never_called_equal(e, seed):
    """Where plain floating point sees a clear difference, the verdict is different."""
    for changed in list(mutations(e))[:6]:
        if numerically_different(e, changed, seed):
            verdict = compare(e, changed)
            assert not verdict, f"{e} and {changed}: {verdict}"
            assert verdict.counterexample is not None


@common
@given(any_shape.flatmap(lambda s: expressions(s, depth=2)), st.integers(1, 3))
def test_verdicts_are_symmetric_and_survive_the_text(e, k):
    other = b.multiply(b.number(k), e)
    verdict = decided(e, other)
    assume(verdict is not None)
    assert decided(other, e).equal == verdict.equal
    if symbols(e):
        assert equivalent(str(e), str(e), WHERE).equal
