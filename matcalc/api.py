"""The public functions; names here are fixed by the contract."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import matcalc.printing  # noqa: F401 - makes str(e) work
from matcalc.answer import Derivation, Derivations
from matcalc.arguments import Variable, expression_or_text, text_of, whole_number
from matcalc.errors import DomainError, NotSupportedError, UnknownNameError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, hooks
from matcalc.workspace import Workspace

if TYPE_CHECKING:
    from matcalc.checking import Check
    from matcalc.equality import Verdict


def _evaluate(e: Expr, values: dict[str, Any]) -> Any:
    from matcalc.numeric.layout import evaluate_expression

    return evaluate_expression(e, values)


hooks["evaluate"] = _evaluate


def derive(
    expression: str | Expr,
    wrt: Variable | Iterable[Variable],
    where: str = "",
    *,
    order: int = 1,
    convention: str = "projected",
    wirtinger: str = "Z*",
    layout: str = "numerator",
    verify: bool = True,
    seed: int = 0,
) -> Derivation | Derivations:
    """The derivative of a function in closed form, with its derivation.

        d = derive("norm2(A*X - B)^2", wrt="X", where="A in R[m,n]; X in R[n,p]; B in R[m,p]")
        str(d.result)    # 2*A'*(A*X - B)

    wrt: a variable, or several for one sweep (`d.results["W"]`); of order 2 a tuple ("x", "A") is
    the mixed second derivative. where: declarations and definitions. order: 2 is the Hessian.
    convention: "projected" or "entries", for variables of structured sets; "riemannian" for those
    on manifolds; "affine" or "cholesky" for SPD. layout: "numerator" or "denominator", in which
    Jacobians are printed. The answer is verified numerically unless `verify` is false
    (`d.verification`).

    The gradient of a scalar has its variable's shape: dφ = G : dX with A : B = tr(A'B). The
    derivative of an array is the matrix J in vec(dF) = J vec(dX), with columns stacked: a row for
    each entry of F; by a scalar it has the shape of F.
    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 5 and 6 (identification).
    Raises a MatcalcError that names the place and the cause.
    """
    return Workspace(where).derive(
        expression,
        wrt,
        order=order,
        convention=convention,
        wirtinger=wirtinger,
        layout=layout,
        verify=verify,
        seed=seed,
    )


def parse(text: str, where: str = "") -> Expr:
    """The expression of a text in the language, in the scope of declarations."""
    return Workspace(where).parse(text)


def gradient(f: str | Expr, wrt: Variable, where: str = "", convention: str = "projected") -> Expr:
    """The gradient of a scalar expression, not verified; see `derive`."""
    d = derive(f, wrt, where, convention=convention, verify=False)
    if not isinstance(d, Derivation) or d.kind != "gradient":
        raise DomainError("the gradient is of a scalar by one variable", hint="use mc.jacobian")
    return d.result


def differential(f: str | Expr, wrt: Variable | Iterable[Variable], where: str = "") -> Expr:
    """The differential d(f), linear in d(X) for the variables X of `wrt`."""
    return Workspace(where).differential(f, wrt)


def jacobian(f: str | Expr, wrt: Variable, where: str = "", convention: str = "projected") -> Expr:
    """The Jacobian ∂vec(F)/∂vec(X)' of an array, not verified; of a scalar, its gradient.

    A row for each entry of F, columns stacked: A of A*x, kron(B',A) of A*X*B. By a scalar it has
    the shape of F. Source: Magnus & Neudecker, ch. 5, sec. 12.
    """
    return _single(derive(f, wrt, where, convention=convention, verify=False)).result


def hessian(
    f: str | Expr,
    wrt: Variable | tuple[Variable, Variable],
    where: str = "",
    convention: str = "projected",
) -> Expr:
    """The Hessian ∂²f/∂vec(X)∂vec(X)' of a scalar, not verified; of a pair (x, A), ∂²f/∂x∂A.

    Source: Magnus & Neudecker, ch. 6.
    """
    d = _single(derive(f, wrt, where, order=2, convention=convention, verify=False))
    if not d.problem.function.is_scalar:
        raise DomainError("the Hessian is of a scalar", hint="use mc.derive(..., order=2)")
    return d.result


def _single(d: Derivation | Derivations) -> Derivation:
    if isinstance(d, Derivation):
        return d
    raise DomainError("one variable at a time: use mc.derive for several")


def check(
    expression: str | Expr,
    wrt: Variable,
    answer: str | Expr,
    where: str = "",
    *,
    convention: str = "projected",
    seed: int = 0,
    budget: float = 1.2,
) -> Check:
    """Whether `answer` is the gradient: right, transposed, in the other convention, or wrong.

        found = check("norm2(A*X - B)^2", wrt="X", answer="2*A*(A*X - B)")
        found.verdict    # "wrong"
        found.repair     # "2*A*(A*X - B) → 2*A'*(A*X - B)"

    If it is wrong, the one small edit that makes it right is searched for and named in `message`;
    the search takes at most about `budget` seconds of the processor.
    """
    expression, answer = expression_or_text(expression), expression_or_text(answer)
    w = Workspace(where)
    d = w.derive(expression, wrt, convention=convention, seed=seed)
    from matcalc.checking import check_answer, check_text

    if not isinstance(d, Derivation):
        raise DomainError("one answer can be checked at a time: give one variable in wrt")
    if isinstance(answer, str):
        return check_text(w, d, expression, answer, seed, budget)
    return check_answer(d, answer, seed, budget)


def check_steps(
    text: str,
    wrt: Variable | None = None,
    where: str = "",
    *,
    convention: str = "projected",
    seed: int = 0,
    budget: float = 1.2,
) -> Check:
    """Whether a derivation by hand holds line by line: the first line that does not follow.

        phi = norm2(A*X - B)^2
        R = A*X - B
        d(phi) = 2*R : d(R)
               = 2*R : A*d(X)
               = 2*A*R : d(X)          # line 5: A*R → A'*R
        grad phi wrt X = 2*A'*R

    Lines are definitions, chains of equalities (a leading `=` goes on from the line above) and
    gradients (also dphi/dX, ∂φ/∂X, grad). Differentials are compared along random directions.
    `line` of the result is counted from 1; a line that is no expression is its own error.
    """
    text = text_of(text, "a derivation")
    seed = whole_number(seed, "the seed")
    from matcalc.checking import check_steps as check_lines

    return check_lines(text, wrt, Workspace(where), convention=convention, seed=seed, budget=budget)


def matrices(text: str) -> tuple[Expr, ...] | Expr:
    """Matrix variables: matrices("A[m,n] X[n,p]"); a lone one comes alone."""
    return _variables(text, 2)


def vectors(text: str) -> tuple[Expr, ...] | Expr:
    """Column vectors: vectors("x[n] y[n]")."""
    return _variables(text, 1)


def scalars(text: str) -> tuple[Expr, ...] | Expr:
    """Scalars: scalars("a b")."""
    return _variables(text, 0)


def _variables(text: str, count: int) -> tuple[Expr, ...] | Expr:
    """Variables in R with so many sizes each."""
    import re

    from matcalc.errors import DeclarationError

    example = ("a b", "x[n] y[n]", "A[m,n] B[n,p]")[count]
    items = re.findall(r"[^\s\[\],]+(?:\s*\[[^\]]*\])?", text_of(text, "a list of variables"))
    made = []
    for item in items:
        name, _, sizes = item.partition("[")
        dims = sizes.rstrip("]").split(",") if sizes else []
        if len(dims) != count or not re.fullmatch(r"\w+", name.strip()) or name == "in":
            raise DeclarationError(f"cannot read {item!r}: write {example!r}")
        of = f"R[{','.join(dims)}]" if dims else "R"
        w = Workspace(f"{name.strip()} in {of}")
        declared = next(iter(w.scope.sets.items()))
        made.append(build.symbol(*declared))
    if not made:
        raise DeclarationError(f"no variable in {text!r}: write {example!r}")
    return made[0] if len(made) == 1 else tuple(made)


def equivalent(a: str | Expr, b: str | Expr, where: str = "", *, seed: int = 0) -> Verdict:
    """Whether two expressions are equal at every point of the declared sets.

        equivalent("tr(A*B)", "tr(B*A)").equal          # True

    Polynomials and rational expressions are decided exactly, modulo a large prime, with an error
    probability below 1e-12 for each size tried (Schwartz 1980; Zippel 1979); others are evaluated
    to 50 digits. If they differ, the verdict has a small counterexample, and an assumption (such
    as "A symmetric") under which they are equal, if a natural one is found.
    """
    from matcalc.equality import equivalent as decide

    return decide(a, b, where, seed=whole_number(seed, "the seed"))


def explain_facts(e: str | Expr, where: str = "") -> list[tuple[str, str]]:
    """What is known of an expression (symmetric, positive definite, ...), with the reasons.

    explain_facts("A'*A + I", "A in R[m,n]")
    # [("positive definite", "positive semidefinite terms, of which eye(n) is ...")]
    """
    from matcalc.facts_report import explain_facts as explain

    given = expression_or_text(e)
    return explain(parse(given, where) if isinstance(given, str) else given)


def compile(
    expression: str | Expr,
    wrt: Variable | Iterable[Variable],
    where: str = "",
    outputs: str | Iterable[str] | None = None,
    as_: str = "dense",
    fixed: dict[str, Any] | None = None,
    backend: str = "numpy",
    dtype: Any = None,
    *,
    convention: str = "projected",
    wirtinger: str = "Z*",
    batch: str | Iterable[str] = (),
) -> Any:
    """One function for the value and derivatives of an expression, with work shared.

        g = compile("norm2(A*x - b)^2", wrt="x", where="A in R[m,n]; x in R[n]; b in R[m]",
                    outputs=("value", "gradient"), fixed={"A": A, "b": b})
        scipy.optimize.minimize(g, x0, jac=True)

    outputs: some of "value", "gradient", "jacobian", "hessian", and the products "jvp", "hvp" (with
    a direction, the keyword v) and "vjp" (keyword u). The function returns a tuple in their order,
    and for a single name the array itself. With several variables in wrt each output but the value
    is a tuple in their order: so is v, and jvp has a part for each. fixed: values known beforehand;
    what depends on them alone is computed once. dtype: "float32" or "float64", by default that of
    the arrays. batch: names of what has one more axis in front, as all results then have; v and u
    may be among them. g.source is the code, g.plan what it does, g.flat() the same for flat arrays.

    By a complex Z, jvp is the whole slope along v, vjp is u times the Jacobian by conj(Z) (by Z,
    with wirtinger="Z"), and hvp the derivative of the gradient along v.
    """
    from matcalc.compiling import compile_outputs

    asked = {"convention": convention, "wirtinger": wirtinger}
    first = derive(expression, wrt, where, **asked, verify=False)  # type: ignore[arg-type]
    return compile_outputs(
        first, outputs, as_=as_, fixed=fixed, backend=backend, dtype=dtype, batch=batch
    )


def hadamard(*factors: Any) -> Expr:
    """The entrywise product."""
    return build.hadamard(*factors)


def frobenius(a: Any, b: Any) -> Expr:
    """The Frobenius product a : b = tr(a'b)."""
    return build.frobenius(a, b)


def d(e: Any) -> Expr:
    """The differential d(e), as a node."""
    return build.differential(e)


def eye(n: int | str) -> Expr:
    """The identity; sizes are integers or texts, as in eye("n")."""
    return parse(f"eye({_size_text(n)})")


def ones(m: int | str, n: int | str = 1) -> Expr:
    """The matrix of ones; a column without n."""
    return parse(f"ones({_size_text(m)},{_size_text(n)})")


def zeros(m: int | str, n: int | str = 1) -> Expr:
    """The matrix of zeros; a column without n."""
    return parse(f"zeros({_size_text(m)},{_size_text(n)})")


def _size_text(size: int | str) -> str:
    return str(size) if isinstance(size, int) else f"({text_of(size, 'a size')})"


def conj(a: Any) -> Expr:
    """The complex conjugate; a real expression is its own."""
    return build.conjugate(a)


def kron(a: Any, b: Any) -> Expr:
    """The Kronecker product."""
    return build.kronecker(a, b)


def block(rows: Iterable[Iterable[Any]]) -> Expr:
    """Arrays in rows, as in block([[A, B], [C, D]])."""
    from matcalc.functions.arrays import block as blocks

    cells = [[build.expression(e) for e in row] for row in rows]
    return blocks([len(row) for row in cells], [e for row in cells for e in row])


def rows(f: Any) -> Any:
    """The function that applies f, as in rows(softmax)(X), to every row of a matrix."""
    from matcalc.functions.by_rows import rows_of

    return _mapped(f, rows_of)


def columns(f: Any) -> Any:
    """The function that applies f, as in columns(softmax)(X), to every column of a matrix."""
    from matcalc.functions.by_rows import columns_of

    return _mapped(f, columns_of)


def _mapped(f: Any, mapped: Any) -> Any:
    """f is a function of the library, or its name."""
    from matcalc.functions import lookup

    record = lookup(f if isinstance(f, str) else getattr(f, "__name__", ""), 1)
    if record is None:
        raise UnknownNameError(f"{f} is no function of the library")
    return lambda x: build.apply(mapped(record), x)


def _of_text_alone(name: str) -> Any:
    """vector or matrix, whose size is inferred from the text around: in Python there is none."""

    def call(*arguments: Any, **options: Any) -> Any:
        raise NotSupportedError(
            f"{name}(c) in Python, where nothing says its size",
            hint="write c*ones(n), or c*ones(m,n)",
        )

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name}(c) has a meaning in texts alone, where its size is inferred."
    return call


def to_sympy(e: Expr) -> Any:
    """The expression in SymPy: a matrix expression, or an ordinary one of a scalar.

    What has no counterpart there is refused by name. A 1×1 product of arrays stands in a trace.
    """
    from matcalc.sympy_bridge import to_sympy as write

    return write(build.expression(e))


def from_sympy(s: Any, where: str = "") -> Expr:
    """The expression of an expression of SymPy; `where` declares the sets of its names.

    Symbols are real unless declared, and positive if SymPy knows that. A size that occurs in the
    shape of a matrix is that size elsewhere, too.
    """
    from matcalc.sympy_bridge import from_sympy as read

    return read(s, Workspace(where).scope.sets)


def _frechet(function: Any) -> Any:
    """frechet("expm")(X, E), or frechet(mc.expm)(X, E): the Fréchet derivative at X along E."""
    name = function if isinstance(function, str) else getattr(function, "__name__", str(function))
    found = library_function(f"frechet({name})")
    if found is None:
        raise UnknownNameError(f"{name!r} is no matrix function")
    return found


def library_function(name: str) -> Any:
    """The function of the language called `name`, as a Python function; None if there is none."""
    from matcalc.functions import lookup, wrong_arity

    if name in ("vector", "matrix"):
        return _of_text_alone(name)
    if name == "frechet":
        return _frechet
    if lookup(name) is None:
        return None

    def call(*arguments: Any) -> Expr:
        f = lookup(name, len(arguments))
        if f is None:
            raise wrong_arity(name, len(arguments))
        return build.apply(f, *arguments)

    record = lookup(name)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = record.doc if record is not None else None
    return call
