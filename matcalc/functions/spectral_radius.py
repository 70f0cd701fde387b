"""The spectral radius of any square matrix, and what its derivatives need.

It is |λ| of the dominant eigenvalue λ, the one of largest modulus; of a conjugate pair λ is the one
with positive imaginary part. With the right and left eigenvectors v and w, P = v w^H/(w^H v) is the
projector on v, and S the reduced resolvent, S (λI - A) = I - P and S P = 0. Then

    dλ = tr(P dA),   dP = S dA P + P dA S,   dS = S dA S - dλ S² - S² dA P - P dA S²,

of which a real matrix needs the real and the imaginary parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matcalc.functions.record import Condition, Function

_SOURCE = (
    "Magnus, Econometric Theory 1 (1985) 179-191, sec. 3; Golub & Van Loan, Matrix Computations,"
    " sec. 7.2.2; Kato, Perturbation Theory for Linear Operators, ch. II, (2.14)"
)
_DOMINANT = (
    Condition(
        "one eigenvalue of □, or one conjugate pair, has the largest modulus, and is simple",
        "A",
        frozenset({"positive"}),  # Perron's theorem
    ),
)
_EXAMPLES = ("A in R[n,n]", "A in Sym[n]")

Parts = tuple[tuple[str, ...], tuple[str, ...]]  # terms whose sums are the parts of a number
Terms = tuple[tuple[Parts, ...], tuple[Parts, ...]]  # what is added and what is subtracted
_P: Parts = (("domproj_re(A)",), ("domproj_im(A)",))
_S: Parts = (("domres_re(A)",), ("domres_im(A)",))
_DA: Parts = (("dA",), ())


def _times(*factors: Parts) -> Parts:
    """The product of complex matrices by real and imaginary parts."""
    re, im = factors[0]
    for c, d in factors[1:]:
        re, im = (
            (*_each(re, c), *(_negative(t) for t in _each(im, d))),
            (*_each(re, d), *_each(im, c)),
        )
    return re, im


def _each(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        _negative(f"{a}*{b.removeprefix('-')}") if b.startswith("-") else f"{a}*{b}"
        for a in left
        for b in right
    )


def _negative(term: str) -> str:
    return term.removeprefix("-") if term.startswith("-") else f"-{term}"


def _sum(part: int, *plus: Parts, minus: tuple[Parts, ...] = ()) -> str:
    terms = [t for p in plus for t in p[part]]
    terms += [_negative(t) for p in minus for t in p[part]]
    return " + ".join(terms).replace("+ -", "- ")


def _signs(arguments):
    """λ is real and positive of a matrix of positive entries, and of a positive definite one."""
    return {"positive"} if {"positive", "pd"} & arguments[0].facts else set()


def _symmetric(arguments):
    return {"symmetric"} & arguments[0].facts


def _pair(
    name: str,
    signature: str,
    texts: tuple[str, str],
    latex: str,
    unicode: str,
    what: str,
    real: str,
):
    """The records of the real and of the imaginary part."""
    words = (("re", "Re", "real"), ("im", "Im", "imaginary"))
    return tuple(
        Function(
            f"{name}_{part}(A)",
            f"R[n,n] -> {signature}",
            differential=text,
            symmetric=real if part == "re" else None,
            facts=_symmetric if "[" in signature else _signs if part == "re" else _no_facts,
            numpy=f"linalg.{name}(A).{word[:4]}",
            latex=rf"\operatorname{{{short}}} {latex}\left(□\right)",
            unicode=f"{short} {unicode}(□)",
            conditions=_DOMINANT,
            analytic=False,
            examples=_EXAMPLES if part == "re" else ("A in R[n,n]",),
            statement="dλ = tr(P dA), dP = S dA P + P dA S,"
            " dS = S dA S - dλ S² - S² dA P - P dA S²",
            doc=f"The {word} part of {what}.",
            source=_SOURCE,
        )
        for (part, short, word), text in zip(words, texts, strict=True)
    )


def _no_facts(arguments):
    return set()


def _projector(p: Parts, s: Parts) -> Terms:
    return (_times(s, _DA, p), _times(p, _DA, s)), ()


def _resolvent(p: Parts, s: Parts) -> Terms:
    plus, slope = (_times(s, _DA, s),), (_slopes(p[0]), _slopes(p[1]))
    return plus, (_times(slope, s, s), _times(s, s, _DA, p), _times(p, _DA, s, s))


def _slopes(projectors: tuple[str, ...]) -> tuple[str, ...]:
    """Parts of dλ = tr(P dA)."""
    return tuple(f"tr({p}*dA)" for p in projectors)


def _texts(of: Callable[[Parts, Parts], Terms]) -> dict[str, Any]:
    """The differentials of both parts, and that of the real one of a symmetric matrix."""
    plus, minus = of(_P, _S)
    real = of((_P[0], ()), (_S[0], ()))
    return {
        "texts": tuple(_sum(part, *plus, minus=minus) for part in (0, 1)),
        "real": _sum(0, *real[0], minus=real[1]),
    }


FUNCTIONS = (
    Function(
        "specrad(A)",
        "R[n,n] -> R",
        differential="(dominant_re(A)*domproj_re(A)' + dominant_im(A)*domproj_im(A)')/specrad(A)"
        " : dA",
        symmetric="sign(dominant_re(A))*domproj_re(A) : dA",
        numpy="np.max(abs(np.linalg.eigvals(A)))",
        latex=r"\rho\left(□\right)",
        unicode="ρ(□)",
        facts=lambda a: {"nonnegative"},
        conditions=(
            *_DOMINANT,
            Condition("an eigenvalue of □ is not 0", "A", frozenset({"positive", "nonsingular"})),
        ),
        analytic=False,
        examples=_EXAMPLES,
        statement="dρ = Re(conj(λ) tr(P dA))/|λ|, P = v w^H/(w^H v) with A v = λ v, w^H A = λ w^H",
        aliases=("spectral_radius",),
        doc="The spectral radius, the largest modulus of an eigenvalue.",
        source=_SOURCE,
    ),
    *_pair(
        "dominant",
        "R",
        latex=r"\lambda_{\rho}",
        unicode="λᵨ",
        what="the eigenvalue of largest modulus, of a pair the one above the real axis",
        texts=("domproj_re(A)' : dA", "domproj_im(A)' : dA"),
        real="domproj_re(A) : dA",
    ),
    *_pair(
        "domproj",
        "R[n,n]",
        latex=r"P_{\rho}",
        unicode="Pᵨ",
        what="the projector v*w^H/(w^H*v) of the dominant eigenvalue",
        **_texts(_projector),
    ),
    *_pair(
        "domres",
        "R[n,n]",
        latex=r"S_{\rho}",
        unicode="Sᵨ",
        what="the reduced resolvent S of the dominant eigenvalue, S*(λ*I - A) = I - P with S*P = 0",
        **_texts(_resolvent),
    ),
)
