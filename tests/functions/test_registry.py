"""Every record of the library, whatever it is: values, facts, notations, refusals.

Differentials, adjoints and matrices of all records are proved in tests/calculus/test_identities.py.
"""

import re

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.nodes import symbols
from matcalc.expr.sizes import size_name
from matcalc.functions import registry
from matcalc.numeric.evaluate import Undefined, evaluate
from matcalc.numeric.sample import draw_point, draw_sizes, survey
from matcalc.numeric.tensors import numeric_shape

RECORDS = sorted(
    {f for by_arity in registry().values() for f in by_arity.values() if f.numpy},
    key=lambda f: f.head,
)
SQUARE = ("R", "Sym", "SPD", "PSD", "Skew", "Diag", "Tril", "Triu", "Orth")
OPEN = ("R", "R+")

every_record = pytest.mark.parametrize("f", RECORDS, ids=lambda f: f.head)


def small(a):
    return 1e-8 * max(1.0, float(np.max(abs(a))))


def close(a, b):
    return bool(np.all(abs(a - b) <= small(a)))


def definite(a, least):
    return close(a, a.T) and np.min(np.linalg.eigvalsh((a + a.T) / 2)) > least * small(a)


HOLDS = {
    "symmetric": lambda a: close(a, a.T),
    "skew": lambda a: close(a, -a.T),
    "diagonal": lambda a: close(a, np.diag(np.diag(a))),
    "lower": lambda a: close(a, np.tril(a)),
    "upper": lambda a: close(a, np.triu(a)),
    "psd": lambda a: definite(a, -1),
    "pd": lambda a: definite(a, 0),
    "orthogonal": lambda a: close(a.T @ a, np.eye(len(a))),
    "stiefel": lambda a: close(a.T @ a, np.eye(a.shape[1])),
    "nonsingular": lambda a: np.linalg.cond(a) < 1e14,
    "positive": lambda a: bool(np.all(a > -small(a))),
    "nonnegative": lambda a: bool(np.all(a > -small(a))),
    "toeplitz-symmetric": lambda a: close(a, a.T),
}


def declared(dims, kind):
    """A set of a kind for these dimensions; square kinds have one."""
    if kind in OPEN:
        return f"{kind}[{','.join(dims)}]" if dims else kind
    return f"{kind}[{dims[0]}]"


def arguments(f, k, kind, example=""):
    """Arguments from sets of a kind where the shapes allow it, else as the example says."""
    s = f.signatures[k]
    scope = mc.Workspace(example)
    found = []
    for p, dims, size in zip(f.parameters, s.domains, s.sizes, strict=True):
        fits = kind in OPEN or (len(dims) == 2 and dims[0] == dims[1])
        if size is not None:
            found.append(build.size_number(size_name(size)))
        elif (f.elementwise or not dims) and scope.scope.declared(p):
            found.append(scope.parse(p))
        else:
            found.append(mc.parse(p, f"{p} in {declared(dims, kind if fits else 'R')}"))
    return tuple(found)


def calls(f):
    """f of arguments of all kinds that it takes."""
    for k in range(len(f.signatures)):
        for kind in (*OPEN, *SQUARE[1:]):
            for example in f.examples or ("",):
                try:
                    yield build.apply(f, *arguments(f, k, kind, example))
                except mc.DomainError:
                    continue  # it needs a symmetric matrix


def first_call(f):
    return next(calls(f))


def values(e, count=3):
    """Values at some points where there is one."""
    wanted = survey(e)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sizes = draw_sizes(wanted, rng)
        try:
            yield np.asarray(evaluate(e, draw_point(wanted, rng, sizes))), sizes
        except Undefined:
            continue
        count -= 1
        if not count:
            return


@every_record
def test_the_value_has_its_shape_and_its_facts(f):
    tried = 0
    for e in calls(f):
        for value, sizes in values(e):
            rows, columns = numeric_shape(e.shape, sizes)
            assert value.shape == (() if e.is_scalar else (rows, columns))
            assert np.all(np.isfinite(value))
            assert np.iscomplexobj(value) == ("complex" in e.facts)
            for fact in e.facts & set(HOLDS):
                assert HOLDS[fact](value.reshape(rows, columns)), (str(e), fact, value)
            tried += 1
    assert tried >= 1


@every_record
def test_what_is_printed_is_read_back(f):
    e = first_call(f)
    sets = {s.name: s.set for s in symbols(e)}
    where = "; ".join(f"{name} in {of}" for name, of in sets.items())
    if e.children or not all(f.sizes):
        assert mc.parse(str(e), where) is e


@every_record
def test_the_notations_are_whole(f):
    e = first_call(f)
    latex, shown = e.latex(), e.unicode()
    assert latex.isascii() and "□" not in latex + shown
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    transposed = e.T.latex()  # no second superscript on the first
    assert not re.search(r"\^\{?[^{}]*\}?\^", transposed), transposed


@every_record
def test_the_record_says_what_it_is(f):
    assert f.doc and f.source
    for c in f.conditions:
        assert c.parameter in f.parameters and "□" in c.text
        assert not (set(re.findall(r"□(\d)", c.text)) - set("123"[: len(f.parameters)]))
    for example in f.examples:
        scope = mc.Workspace(example)
        assert all(scope.scope.declared(p) for p in f.parameters if p in example.split())


@every_record
def test_wrong_arguments_are_refused(f):
    """One argument too many; a rectangular matrix where a square one belongs."""
    given = arguments(f, 0, "R")
    with pytest.raises(mc.MatcalcError):
        build.apply(f, *given, *(given[:1] or (build.number(1),)))
    wide = mc.parse("W", "W in R[u_1,u_2]")
    for i, dims in enumerate(f.signatures[0].domains):
        if len(f.signatures) == 1 and len(dims) == 2 and dims[0] == dims[1]:
            with pytest.raises((mc.ShapeError, mc.DomainError)):
                build.apply(f, *given[:i], wide, *given[i + 1 :])
