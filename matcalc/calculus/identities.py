"""The identities that derivations name: Frobenius identities and rules of differentials.

Each equation is tested numerically (tests/calculus/test_identities.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matcalc.calculus.templates import instantiate
from matcalc.derivation.rule import Rule
from matcalc.elaborate import read_expression
from matcalc.expr.build import symbol
from matcalc.expr.nodes import Expr
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import size_name
from matcalc.functions.by_rows import Mapped
from matcalc.functions.record import Function
from matcalc.functions.signature import dim_size

_MN = "Magnus & Neudecker, Matrix Differential Calculus"

_ABC = "A in R[m,p]; B in R[m,n]; C in R[n,p]"
FROBENIUS_LEFT = Rule(
    "Frobenius product with a factor on the left",
    "A : B*C = B'*A : C",
    r"A : BC = B^\top A : C",
    _ABC,
    "tr(A'BC), cyclic",
)
FROBENIUS_RIGHT = Rule(
    "Frobenius product with a factor on the right",
    "A : B*C = A*C' : B",
    r"A : BC = AC^\top : B",
    _ABC,
    "tr(A'BC), cyclic",
)
FROBENIUS_BETWEEN = Rule(
    "Frobenius product with factors on both sides",
    "A : B*C*D = B'*A*D' : C",
    r"A : BCD = B^\top A D^\top : C",
    "A in R[m,q]; B in R[m,n]; C in R[n,p]; D in R[p,q]",
    "tr(A'BCD), cyclic",
)
FROBENIUS_PRODUCT = Rule(
    "Frobenius product with a matrix product",
    "A : B*C = A*C' : B = B'*A : C",
    r"A : BC = AC^\top : B = B^\top A : C",
    _ABC,
    "tr(A'BC), cyclic",
)
FROBENIUS_TRANSPOSE = Rule(
    "Frobenius product with a transpose",
    "A : B' = A' : B",
    r"A : B^\top = A^\top : B",
    "A in R[m,n]; B in R[n,m]",
    "entry by entry",
)
FROBENIUS_HADAMARD = Rule(
    "Frobenius product with a Hadamard product",
    "A : B.*C = A.*B : C",
    r"A : B \odot C = A \odot B : C",
    "A in R[m,n]; B in R[m,n]; C in R[m,n]",
    "entry by entry",
)
FROBENIUS_KRONECKER = Rule(
    "Frobenius product with a Kronecker product",
    "kron(C,D) : kron(A,B) = (D : B)*(C : A)",
    r"C \otimes D : A \otimes B = (D : B)\,(C : A)",
    "A in R[m,n]; B in R[p,q]; C in R[m,n]; D in R[p,q]",
    f"{_MN}, ch. 2, sec. 4",
)
FROBENIUS_SCALAR = Rule(
    "Frobenius product with a multiple",
    "A : c*B = (A : B)*c",
    r"A : cB = (A : B)\,c",
    "A in R[m,n]; B in R[m,n]; c in R",
    "linearity",
)
FROBENIUS_LINEAR = Rule(
    "the Frobenius product is linear",
    "G : (A + B) = (G : A) + (G : B)",
    r"G : (A + B) = G : A + G : B",
    "G in R[m,n]; A in R[m,n]; B in R[m,n]",
    "linearity",
)
FROBENIUS_SUM = Rule(
    "sum of a Hadamard product",
    "sum(A.*B) = A : B",
    r"\mathbf{1}^\top (A \odot B)\,\mathbf{1} = A : B",
    "A in R[m,n]; B in R[m,n]",
    "definition",
)
FROBENIUS_COLLECT = Rule(
    "like terms",
    "(A : C) + (B : C) = (A + B) : C",
    r"A : C + B : C = (A + B) : C",
    "A in R[m,n]; B in R[m,n]; C in R[m,n]",
    "linearity",
)

# The matrix of a linear map in column-stacked coordinates.
VEC_PRODUCT = Rule(
    "vec of a product",
    "vec(A*Y*B) = kron(B',A)*vec(Y)",
    r"\operatorname{vec}(AYB) = (B^\top \otimes A) \operatorname{vec} Y",
    "A in R[m,n]; Y in R[n,p]; B in R[p,q]",
    f"{_MN}, ch. 2, sec. 4, thm. 2",
)
VEC_TRANSPOSE = Rule(
    "vec of a transpose",
    "vec(Y') = commutation(m,n)*vec(Y)",
    r"\operatorname{vec}(Y^\top) = K \operatorname{vec} Y",
    "Y in R[m,n]",
    f"{_MN}, ch. 3, sec. 7",
)
VEC_HADAMARD = Rule(
    "vec of a Hadamard product",
    "vec(C.*Y) = diag(vec(C))*vec(Y)",
    r"\operatorname{vec}(C \odot Y) = \operatorname{Diag}(\operatorname{vec} C)"
    r" \operatorname{vec} Y",
    "C in R[m,n]; Y in R[m,n]",
    "entry by entry",
)
VEC_FROBENIUS = Rule(
    "Frobenius product of vecs",
    "C : Y = vec(C)'*vec(Y)",
    r"C : Y = \operatorname{vec}(C)^\top \operatorname{vec} Y",
    "C in R[m,n]; Y in R[m,n]",
    f"{_MN}, ch. 2, sec. 4, thm. 3",
)
VEC_KRONECKER = Rule(
    "vec of a Kronecker product",
    "vec(kron(A,B)) = kron(eye(n),kron(commutation(q,m),eye(p)))*kron(vec(A),vec(B))",
    r"\operatorname{vec}(A \otimes B) = (I \otimes K \otimes I)"
    r"(\operatorname{vec} A \otimes \operatorname{vec} B)",
    "A in R[m,n]; B in R[p,q]",
    f"{_MN}, ch. 3, thm. 10",
)
KRONECKER_COLUMN = Rule(
    "Kronecker product times a column",
    "kron(A,Y)*x = vec(Y*unvec(x,q,n)*A')",
    r"(A \otimes Y)\, x = \operatorname{vec}(Y \operatorname{unvec}(x)\, A^\top)",
    "A in R[m,n]; Y in R[p,q]; x in R[q*n]",
    f"{_MN}, ch. 2, sec. 4, thm. 2",
)
HULL = Rule(
    "structured directions",
    "d(X) lies in the linear space of X, so that only its projection counts",
    r"\mathrm{d}X = P(\mathrm{d}X)",
    source=f"{_MN}, ch. 3, sec. 8",
)

# Rules of differentials: sentences, checked where they act.
PRODUCT = Rule(
    "differential of a product",
    "d(A*B) = d(A)*B + A*d(B)",
    r"\mathrm{d}(AB) = \mathrm{d}A\,B + A\,\mathrm{d}B",
    source=f"{_MN}, ch. 8, sec. 2",
)
CONSTANT = Rule(
    "differential of a constant",
    "d(A) = 0 where A does not depend on the variables",
    r"\mathrm{d}A = 0",
    source=f"{_MN}, ch. 8, sec. 2",
)
CONSTANT_FACTOR = Rule(
    "constant factors",
    "d(A*B) = d(A)*B for constant B",
    r"\mathrm{d}(AB) = \mathrm{d}A\,B",
    source=f"{_MN}, ch. 8, sec. 2",
)
SUM = Rule(
    "differential of a sum",
    "d(A + B) = d(A) + d(B)",
    r"\mathrm{d}(A + B) = \mathrm{d}A + \mathrm{d}B",
    source=f"{_MN}, ch. 8, sec. 2",
)
TRANSPOSE = Rule(
    "differential of a transpose",
    "d(A') = d(A)'",
    r"\mathrm{d}(A^\top) = (\mathrm{d}A)^\top",
    source=f"{_MN}, ch. 8, sec. 2",
)
HADAMARD = Rule(
    "differential of a Hadamard product",
    "d(A.*B) = d(A).*B + A.*d(B)",
    r"\mathrm{d}(A \odot B) = \mathrm{d}A \odot B + A \odot \mathrm{d}B",
    source=f"{_MN}, ch. 8, sec. 2",
)
KRONECKER = Rule(
    "differential of a Kronecker product",
    "d(kron(A,B)) = kron(d(A),B) + kron(A,d(B))",
    r"\mathrm{d}(A \otimes B) = \mathrm{d}A \otimes B + A \otimes \mathrm{d}B",
    source=f"{_MN}, ch. 8, sec. 2",
)
INVERSE = Rule(
    "differential of an inverse",
    "d(inv(A)) = -inv(A)*d(A)*inv(A)",
    r"\mathrm{d}(A^{-1}) = -A^{-1}\,\mathrm{d}A\,A^{-1}",
    source=f"{_MN}, ch. 8, thm. 3",
)
POWER = Rule(
    "differential of a power",
    "d(c^p) = p*c^(p - 1)*d(c)",
    r"\mathrm{d}(c^p) = p\,c^{p-1}\,\mathrm{d}c",
    source="calculus",
)
MATRIX_POWER = Rule(
    "differential of a matrix power",
    "d(A^2) = d(A)*A + A*d(A)",
    r"\mathrm{d}(A^k) = \textstyle\sum_i A^i\,\mathrm{d}A\,A^{k-1-i}",
    source="Matrix Cookbook (90)",
)
ELEMENTWISE = Rule(
    "differential of an elementwise function",
    "d(f(z)) = f'(z).*d(z)",
    r"\mathrm{d} f(z) = f'(z) \odot \mathrm{d}z",
    source=f"{_MN}, ch. 8, sec. 2",
)
LINEAR = Rule(
    "differential of a linear function",
    "d(L(A)) = L(d(A))",
    r"\mathrm{d}\,L(A) = L(\mathrm{d}A)",
    source=f"{_MN}, ch. 8, sec. 2",
)
DEFINITION_OF_GRADIENT = Rule(
    "definition of the gradient",
    "d(phi) = grad(phi) : d(D)",
    r"\mathrm{d}\varphi = \frac{\partial \varphi}{\partial D} : \mathrm{d}D",
    source=f"{_MN}, ch. 5",
)
DEFINITION_OF_JACOBIAN = Rule(
    "definition of the Jacobian",
    "d(g) = jac(g)*d(x)",
    r"\mathrm{d}g = J_g\,\mathrm{d}x",
    source=f"{_MN}, ch. 5",
)
DEFINITION_OF_HESSIAN = Rule(
    "definition of the Hessian",
    "vec(d(grad(phi))) = hess(phi)*vec(d(x))",
    r"\operatorname{vec}(\mathrm{d}\nabla\varphi) = H_\varphi \operatorname{vec}(\mathrm{d}x)",
    source=f"{_MN}, ch. 6",
)
DEFINITION_OF_HIGHER = Rule(
    "definition of the higher derivative",
    "vec(d(jac(g))) = hess(g)*vec(d(x))",
    r"\operatorname{vec}(\mathrm{d}J_g) = \partial^2 g\,\operatorname{vec}(\mathrm{d}x)",
    source=f"{_MN}, ch. 6",
)
SUBSTITUTE = Rule("substitute", "substitute the differential", r"\text{substitute}")
IDENTIFY = Rule(
    "identification",
    "d(phi) = G : d(X) means that G is the gradient",
    r"\mathrm{d}\varphi = G : \mathrm{d}X \iff \frac{\partial\varphi}{\partial X} = G",
    source=f"{_MN}, ch. 5, first identification theorem",
)
IDENTIFY_HERMITIAN = Rule(
    "identification of the Hermitian gradient",
    "d(phi) = tr(G*d(S)) for Hermitian d(S) means that G is the gradient",
    r"\mathrm{d}\varphi = \operatorname{tr}(G\,\mathrm{d}S) \iff"
    r" \frac{\partial\varphi}{\partial S} = G",
    source="Hjørungnes, Complex-Valued Matrix Derivatives, ch. 6",
)
IDENTIFY_JACOBIAN = Rule(
    "identification of the Jacobian",
    "vec(d(F)) = J*vec(d(X)) means that J is the Jacobian",
    r"\mathrm{d}\operatorname{vec}F = J\,\mathrm{d}\operatorname{vec}X \iff "
    r"\frac{\partial\operatorname{vec}F}{\partial(\operatorname{vec}X)^\top} = J",
    source=f"{_MN}, ch. 5, sec. 12, first identification theorem",
)
IDENTIFY_HESSIAN = Rule(
    "identification of the Hessian",
    "d(d(phi)) = d(x)'*H*d(x) with symmetric H means that H is the Hessian",
    r"\mathrm{d}^2\varphi = (\mathrm{d}x)^\top H\,\mathrm{d}x \iff \nabla^2\varphi = H",
    source=f"{_MN}, ch. 6, second identification theorem",
)
SYMMETRY = Rule(
    "symmetry of second derivatives, written so that it shows",
    "H = H', and so H = (H + H')/2",
    r"H = H^\top = \tfrac12 (H + H^\top)",
    source=f"{_MN}, ch. 6, sec. 7, symmetry of second derivatives",
)
ON_MANIFOLD = Rule(
    "derivatives on a manifold",
    "the gradient is tangent; the Hessian is the tangent part of its derivative along tangents",
    r"\operatorname{Hess}\varphi\,[\xi] = P(\mathrm{D}\operatorname{grad}\varphi\,[\xi])",
    source="Absil, Mahony & Sepulchre, Optimization Algorithms on Matrix Manifolds, (5.15)",
)

RULES = tuple(r for r in list(globals().values()) if isinstance(r, Rule))


def combined(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Each rule once; the identity for a factor on the left with that for one on the right."""
    found = dict.fromkeys(rules)
    if FROBENIUS_LEFT in found and FROBENIUS_RIGHT in found:
        sides = (FROBENIUS_LEFT, FROBENIUS_RIGHT)
        found = dict.fromkeys(FROBENIUS_PRODUCT if r in sides else r for r in found)
    return tuple(found)


@cache
def of_function(f: Function) -> Rule:
    """The differential of a function of the library, as its record states it."""
    stated = f.differential or f.symmetric
    if isinstance(f, Mapped) and f.base is not None and f.base.differential is not None:
        stated, _ = _by_rows(f, f.base.differential, False)
    text = f"d({f.head}) = {stated}"
    name = f.statement or f"differential of {f.name}"
    return Rule(name, text, _latex(f), source=f.source)


@cache
def of_square(f: Function) -> Rule:
    """The differential of the square of a norm, or of a modulus."""
    if f.elementwise:
        return Rule(
            "differential of the squared modulus",
            f"d({f.head}^2) = {f.squared}",
            r"\mathrm{d}|x|^2 = 2x\,\mathrm{d}x",
            source=f.source,
        )
    return Rule(
        "differential of the squared norm",
        f"d({f.head}^2) = {f.squared}",
        r"\mathrm{d}\lVert X \rVert^2 = 2X : \mathrm{d}X",
        source=f.source,
    )


def _latex(f: Function) -> str:
    return r"\text{differential of } \operatorname{" + f.name + "}"


def _by_rows(f: Mapped, text: str, adjoint: bool) -> tuple[str, str]:
    """What a text of L's record is for rows(L), and the declarations of its variables."""
    signature = f.signatures[0]
    x, g = (
        symbol(name, make_set("R", tuple(map(size_name, dims))))
        for name, dims in (("X", signature.domains[0]), ("G", signature.codomain))
    )
    where = f"G in {_set(signature.codomain)}; X in {_set(signature.domains[0])}"
    return str(instantiate(text, f, (x,), g if adjoint else None)), where


@cache
def _adjoint_by_rows(f: Mapped) -> Rule:
    """The adjoint of rows(L), which is that of L by rows."""
    assert f.base is not None
    (stated,) = f.base.adjoints.values()
    text, where = _by_rows(f, stated if isinstance(stated, str) else stated[f.overload], True)
    return Rule(
        f"adjoint of {f.name}",
        f"G : {f.head} = {text} : X",
        rf"G : \operatorname{{{f.name}}}(X) = \operatorname{{{f.name}}}^*(G) : X",
        where,
        f.source,
    )


@cache
def matrix_of(f: Function, parameter: str) -> Rule:
    """The matrix of a function that is linear in a parameter: vec(L(A)) = M*vec(A)."""
    return Rule(
        f"matrix of {f.name}",
        f"vec({f.head}) = M*vec({parameter})",
        rf"\text{{the matrix of }} \operatorname{{{f.name}}}",
        source=f.source,
    )


def adjoint_of(f: Function, arguments: tuple[Expr, ...], parameter: str | None = None) -> Rule:
    """The adjoint of a function linear in a parameter: G : L(A) = L*(G) : A."""
    if isinstance(f, Mapped):
        return _adjoint_by_rows(f)
    k, _ = f.select(arguments)
    return _adjoint_rule(f, k, parameter or f.parameters[0])


@cache
def _adjoint_rule(f: Function, k: int, a: str) -> Rule:
    signature = f.signatures[k]
    stated = f.adjoints[a]
    text = stated if isinstance(stated, str) else stated[k]
    arrays = [
        (p, d)
        for p, d, size in zip(f.parameters, signature.domains, signature.sizes, strict=True)
        if size is None
    ]
    where = "; ".join(f"{p} in {_set(d)}" for p, d in [("G", signature.codomain), *arrays])
    by = f" by {a}" if len(arrays) > 1 else ""
    # Scalars multiply: G : tr(A) is G*tr(A).
    sides = (f"G : {f.head}", f"{text} : {a}")
    sets = {p: make_set("R", tuple(map(dim_size, d))) for p, d in arrays}
    sets["G"] = make_set("R", tuple(map(dim_size, signature.codomain)))
    latex = " = ".join(read_expression(side, sets).latex() for side in sides)
    return Rule(f"adjoint of {f.name}{by}", " = ".join(sides), latex, where, f.source)


def _set(dims: tuple[str, ...]) -> str:
    return f"R[{','.join(dims)}]" if dims else "R"
