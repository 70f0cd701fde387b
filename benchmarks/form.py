"""How short and how natural the printed closed forms are.

    python benchmarks/form.py [--all] [--no-sympy] [--no-deep] [--rounds N]

For every case of the corpus whose source gives a closed form (`expect`) and that matcalc answers:
the size of the answer, in symbols and operations (`matcalc.expr.cost`), beside that of the source's
form, where adj(Y) counts as det(Y)*inv(Y); whether the two are equal, by `matcalc.equality`; the
processor's time from the text to the closed form, simplification included and verification not.
Beside it the size of SymPy's answer, counted in the same way and not checked, and that of the deep
mode (the extra `deep`) with its time. Cases that are longer than their source are listed, longest
first.
Then the forms that have to come out to the letter.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matcalc as mc
from matcalc.equality import is_equal
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Apply, Expr, postorder, symbols
from matcalc.expr.rewrite import substitute

ROOT = Path(__file__).resolve().parents[1]
SYMPY_LIMIT = 5.0  # seconds


@dataclass
class Row:
    """One case: sizes, equality, times in seconds."""

    name: str
    answer: Expr
    source: Expr
    size: int
    wanted: int
    equal: bool | None  # None where the comparison does not decide: complex numbers
    seconds: float
    sympy: int | None = None
    deep: int | None = None
    deep_form: Expr | None = None
    deep_seconds: float = 0.0

    @property
    def ratio(self) -> float:
        return self.size / self.wanted


# Sizes


def size(e: Expr) -> int:
    """The cost, with det(Y)*inv(Y) for adj(Y)."""
    written_out = {
        x: build.multiply(mc.det(x.arguments[0]), build.inverse(x.arguments[0]))
        for x in postorder(e)
        if isinstance(x, Apply) and x.function.name in ("adj", "adjugate")
    }
    return cost(substitute(e, written_out) if written_out else e)


def sympy_size(e) -> int:
    """SymPy's expression, counted as ours: symbols and operations, a division as one of them."""
    import sympy as sp

    if isinstance(e, sp.Rational) and not e.is_Integer:
        return 3
    if not e.args or isinstance(e, sp.MatrixSymbol | sp.Identity | sp.ZeroMatrix | sp.OneMatrix):
        return 1
    if isinstance(e, sp.Lambda):
        return sympy_size(e.expr)
    if e.is_Mul or isinstance(e, sp.MatMul):
        signs = sum(1 for a in e.args if a == -1)
        parts = [_below(a) or sympy_size(a) for a in e.args if a != -1]
        return sum(parts) + max(len(parts) - 1, 0) + signs
    if e.is_Add or isinstance(e, sp.MatAdd):
        parts = [sympy_size(a) for a in e.args]
        minus = sum(1 for a in e.args[1:] if a.args and a.args[0] == -1)
        return sum(parts) + len(parts) - 1 - minus
    if isinstance(e, sp.Transpose | sp.Inverse | sp.Trace | sp.Determinant):
        return sympy_size(e.args[0]) + 1
    binary = len(e.args) > 1 or isinstance(e, sp.Pow)
    return sum(map(sympy_size, e.args)) + (len(e.args) - 1 if binary else 1)


def _below(e) -> int | None:
    """The size of a denominator: its operation is the division."""
    base, exponent = e.as_base_exp() if e.is_Pow else (None, None)
    return sympy_size(base) if base is not None and exponent == -1 else None


# One case


def derive(case: dict):
    return mc.derive(
        case["expr"],
        case["wrt"],
        case["where"],
        order=case.get("order", 1),
        convention=case.get("convention", "projected"),
        wirtinger=case.get("wirtinger", "Z*"),
        verify=False,
    )


def forms(case: dict) -> tuple[Expr, Expr] | str:
    """The answer and the source's form, or why there are none."""
    try:
        d = derive(case)
    except mc.MatcalcError:
        return "not answered"
    try:
        source = mc.Workspace(f"{case['where']};{d.where}").parse(case["expect"])
    except mc.MatcalcError:
        return "source not read"
    return (d.result, source) if source.shape == d.result.shape else "another layout"


def measure(case: dict, rounds: int) -> Row | str:
    """The row of a case, or why there is none."""
    found = forms(case)
    if isinstance(found, str):
        return found
    answer, source = found
    seconds = statistics.median(timed(lambda: derive(case)) for _ in range(rounds))
    return Row(
        case["id"], answer, source, size(answer), size(source), same(answer, source), seconds
    )


def same(a: Expr, b: Expr) -> bool | None:
    """Whether two forms are equal; None where that is not decided."""
    try:
        return is_equal(a, b)
    except mc.NotSupportedError:
        return None


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()  # so that others on the machine do not count
    action()
    return time.process_time() - start


def add_sympy(row: Row, case: dict) -> None:
    """SymPy's shortest answer."""
    from derive import alarm
    from sympy_side import ROUTES, gradient, to_sympy

    f = mc.parse(case["expr"], case["where"])
    variable = next((s for s in symbols(f) if s.name == case["wrt"]), None)
    if variable is None or variable.set.name not in ("R", "R+") or case.get("order", 1) != 1:
        return
    warnings.simplefilter("ignore")  # SymPy deprecates what its own matrices do
    for route in ROUTES:
        try:
            with alarm(SYMPY_LIMIT):
                found = gradient(to_sympy(f, route), to_sympy(variable))
                count = None if found is None else sympy_size(found)
        except Exception:  # the many ways in which SymPy fails
            continue
        if count is not None and (row.sympy is None or count < row.sympy):
            row.sympy = count


def add_deep(row: Row, case: dict) -> None:
    from matcalc.simplify.deep import simplify_deep

    f = mc.parse(case["expr"], case["where"])
    start = time.process_time()
    found = simplify_deep(row.answer, whole=list(postorder(f)))
    row.deep_seconds = time.process_time() - start
    row.deep, row.deep_form = size(found), found
    if same(found, row.answer) is False:
        print(f"WRONG: the deep form of {row.name}: {found}")


# Forms to the letter: function, variable, declarations, the answer in the language and as printed.

LETTER = (
    ("norm2(A*X - B)^2", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]",
     "2*A'*(A*X - B)", "2 Aᵀ (A X − B)"),
    ("phi(W*X)", "W", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R", "grad(phi)(W*X)*X'", None),
    ("phi(W*X)", "X", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R", "W'*grad(phi)(W*X)", None),
    ("logdet(eye(n) + A*X*B*X')", "X", "A in R[n,n]; X in R[n,p]; B in R[p,p]",
     "A'*inv(eye(n) + A*X*B*X')'*X*B' + inv(eye(n) + A*X*B*X')*A*X*B", None),
    ("sum(log(1 + exp(-y .* (X*w))))", "w", "X in R[m,n]; w in R[n]; y in R[m]",
     "-X'*(y.*sigmoid(-y.*(X*w)))", "−Xᵀ (y ⊙ σ(−y ⊙ (X w)))"),
    ("x'*A*x", "x", "A in R[n,n]; x in R[n]", "(A + A')*x", "(A + Aᵀ) x"),
    ("x'*A*x", "x", "A in Sym[n]; x in R[n]", "2*A*x", "2 A x"),
    ("tr(X'*A*X)", "X", "A in R[n,n]; X in R[n,p]", "(A + A')*X", "(A + Aᵀ) X"),
    ("norm2(x)", "x", "x in R[n]", "x/norm2(x)", None),
    ("logdet(X)", "X", "X in R[n,n]", "inv(X)'", "X⁻ᵀ"),
    ("det(X)", "X", "X in R[n,n]", "det(X)*inv(X)'", "det(X) X⁻ᵀ"),
    ("tr(inv(X)*A)", "X", "A in R[n,n]; X in R[n,n]", "-inv(X)'*A'*inv(X)'", None),
    ("tr(A*X*B)", "X", "A in R[m,n]; X in R[n,p]; B in R[p,m]", "A'*B'", "Aᵀ Bᵀ"),
    ("y'*inv(K)*y/2 + logdet(K)/2", "K", "y in R[n]; K in SPD[n]",
     "(inv(K) - inv(K)*y*y'*inv(K))/2", None),
    ("tr(A*S)", "S", "A in R[n,n]; S in Sym[n]", "(A + A')/2", None),
)  # fmt: skip

# Second and matrix-valued derivatives: asked for where this version answers them.
LATER = (
    ("jac softmax(x) wrt x", "x in R[n]", "diag(softmax(x)) - softmax(x)*softmax(x)'"),
    ("jac A*X*B wrt X", "A in R[m,n]; X in R[n,p]; B in R[p,q]", "kron(B', A)"),
    ("jac inv(X) wrt X", "X in R[n,n]", "-kron(inv(X)', inv(X))"),
    ("hess x'*A*x wrt x", "A in R[n,n]; x in R[n]", "A + A'"),
    ("hess norm2(x) wrt x", "x in R[n]", "(eye(n) - x*x'/norm2(x)^2)/norm2(x)"),
)


def letter_forms() -> tuple[int, int]:
    """Prints those that differ; how many came out, and of how many that were answered."""
    right = asked = 0
    for f, wrt, where, text, unicode in LETTER:
        asked += 1
        d = mc.derive(f, wrt, where, verify=False)
        wanted = mc.Workspace(f"{where};{d.where}").parse(text)
        printed = unicode is None or d.result.unicode() == unicode
        right += d.result is wanted and printed
        if d.result is not wanted or not printed:
            print(f"    {f} by {wrt}: {d.result}   {d.result.unicode()}\n        not {text}")
    for request, where, text in LATER:
        scope = mc.Workspace(where)
        try:
            (d,) = scope.run(request, verify=False)
        except mc.MatcalcError:
            print(f"    {request}: not answered")
            continue
        asked += 1
        right += d.result is scope.parse(text)
        if d.result is not scope.parse(text):
            print(f"    {request}: {d.result}\n        not {text}")
    return right, asked


# The report


def share(values: list[bool]) -> str:
    return f"{sum(values)}/{len(values)} = {sum(values) / len(values):.1%}" if values else "–"


def summary(rows: list[Row]) -> None:
    print(f"{'':14}{'cases':>7}{'at most the source':>22}{'median':>9}{'p90':>7}{'worst':>7}")
    columns: dict[str, list[tuple[int, int]]] = {
        "matcalc": [(r.size, r.wanted) for r in rows],
        "deep": [(r.deep, r.wanted) for r in rows if r.deep is not None],
        "SymPy": [(r.sympy, r.wanted) for r in rows if r.sympy is not None],
        "  there matcalc": [(r.size, r.wanted) for r in rows if r.sympy is not None],
    }
    for name, pairs in columns.items():
        if not pairs:
            continue
        ratios = sorted(a / b for a, b in pairs)
        print(
            f"{name:15}{len(pairs):>6}{share([x <= 1 for x in ratios]):>22}"
            f"{statistics.median(ratios):>9.2f}{ratios[int(0.9 * (len(ratios) - 1))]:>7.2f}"
            f"{ratios[-1]:>7.2f}"
        )
    times = [(r.seconds, r.name) for r in rows]
    print(f"\ntime: median {_ms(statistics.median(t for t, _ in times))}, worst {_worst(times)}")
    deep = [(r.deep_seconds, r.name) for r in rows if r.deep is not None]
    if deep:
        print(f"deep: median {_ms(statistics.median(t for t, _ in deep))}, worst {_worst(deep)}")
        shorter = [r for r in rows if r.deep is not None and r.deep < r.size]
        print(f"deep is shorter than the normal form in {share([r in shorter for r in rows])}")
        for r in shorter:
            print(f"    {r.name}: {r.size} -> {r.deep}: {r.answer}  =>  {r.deep_form}")
    decided = [r.equal for r in rows if r.equal is not None]
    print(f"equal to the source's form: {share(decided)} that are decided")
    for r in rows:
        if r.equal is False:
            print(f"    NOT EQUAL: {r.name}: {r.answer} and {r.source}")


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"


def _worst(times: list[tuple[float, str]]) -> str:
    seconds, name = max(times)
    return f"{_ms(seconds)} ({name})"


def table(rows: list[Row]) -> None:
    print(f"\n{'case':24}{'ours':>6}{'source':>8}{'ratio':>7}{'deep':>6}{'SymPy':>7}")
    for r in sorted(rows, key=lambda r: (-r.ratio, r.name)):
        deep, sympy = ("–" if x is None else x for x in (r.deep, r.sympy))
        print(f"{r.name:24}{r.size:>6}{r.wanted:>8}{r.ratio:>7.2f}{deep:>6}{sympy:>7}")
        print(f"    {r.answer}\n    {r.source}")


def load_deep() -> None:
    from matcalc.simplify.deep import simplify_deep

    simplify_deep(mc.parse("x + 0*x", "x in R[n]"))


def deep_is_there() -> bool:
    import importlib.util

    return importlib.util.find_spec("egglog") is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="list every case")
    parser.add_argument("--no-sympy", action="store_true")
    parser.add_argument("--no-deep", action="store_true")
    parser.add_argument("--rounds", type=int, default=3, help="calls per time")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests" / "corpus"))
    import check

    cases = {c["id"]: c for c in check.load() if "expect" in c}
    found = {name: measure(c, options.rounds) for name, c in cases.items()}
    rows = [r for r in found.values() if isinstance(r, Row)]
    deep = not options.no_deep and deep_is_there()
    if deep:
        print(f"deep: {_ms(timed(load_deep))} to load, once")
    for r in rows:
        if not options.no_sympy:
            add_sympy(r, cases[r.name])
        if deep:
            add_deep(r, cases[r.name])
    left_out = [r for r in found.values() if isinstance(r, str)]
    reasons = ", ".join(f"{left_out.count(x)} {x}" for x in dict.fromkeys(left_out))
    print(f"{len(cases)} closed forms in the corpus: {len(rows)} compared, {reasons}\n")
    summary(rows)
    longer = [r for r in rows if options.all or r.ratio > 1]
    if longer:
        table(longer)
    print("\nto the letter:")
    right, asked = letter_forms()
    print(f"    {right} of {asked} as they should be")
    return 1 if any(r.equal is False for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
