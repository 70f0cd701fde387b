"""Eigenvalues of a pencil, A v = λ B v with A symmetric and B positive definite, and its vectors.

They ascend, and are those of inv(L)*A*inv(L)' with B = L*L'. A vector has v'*B*v = 1, and its entry
of largest modulus is positive; so its sign is no matter of chance.
"""

from __future__ import annotations

from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function

_SOURCE = "Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 8 with A v = λ B v"
_VALUE = f"{_SOURCE}; de Leeuw, Derivatives of generalized eigen systems (2007), (5)"
_VECTOR = f"{_SOURCE}; de Leeuw, Derivatives of generalized eigen systems (2007), (6)"
_NEEDS = {"A": "symmetric", "B": "symmetric"}


def _signs(arguments):
    """λ = v'*A*v, which has the sign of A."""
    known = arguments[0].facts
    return {"positive"} if "pd" in known else {"nonnegative"} if "psd" in known else set()


def _examples(k):
    return tuple(f"A in Sym[n]; B in SPD[n]{n}" for n in (("; k = 1", "; k = 2") if k else ("",)))


def _conditions(which):
    return (
        Condition(f"{which} is simple", "A"),
        Condition("□ positive definite", "B", frozenset({"pd"})),
    )


def _pair(place, symbol, k, which, doc):
    """The records of one eigenvalue and of its vector.

    Of the vector, d(A v) = d(λ B v) gives (λB - A) dv = (dA - λ dB - dλ B) v. With K = λB - A +
    B v v' B, for which K v = B v, a solution is inv(K) (dA - λ dB) v - dλ v; v'*B*v = 1 fixes the
    multiple of v that is still free.
    """
    value, vector = (f"{n}(A,B{',k' * k})" for n in place[:2])
    dims = f"R[n,n], R[n,n]{', R' * k}"
    shared = {
        "needs": _NEEDS,
        "conditions": _conditions(which),
        "analytic": False,
        "numbers": {"k": Numbers(1, ("n",))} if k else {},
        "examples": _examples(k),
    }
    slope = f"({vector}'*dA*{vector} - {value}*({vector}'*dB*{vector}))"
    bordered = f"({value}*B - A + B*{vector}*{vector}'*B)"
    latex, unicode = symbol
    spelt = ", ".join(["□1", "□2", "□3"][: 2 + k])
    return (
        Function(
            value,
            f"{dims} -> R",
            differential=slope,
            numpy=f"linalg.pencil_value(A, B, {place[2]})",
            latex=rf"\lambda_{{{latex}}}\left(□1, □2\right)",
            unicode=f"λ{unicode}({spelt})",
            facts=_signs,
            statement="dλ = v' (dA - λ dB) v, A v = λ B v with v' B v = 1",
            doc=f"{doc} of A*v = λ*B*v, for a positive definite B.",
            source=_VALUE,
            **shared,
        ),
        Function(
            vector,
            f"{dims} -> R[n]",
            differential=f"inv{bordered}*(dA - {value}*dB)*{vector} - {slope}*{vector}"
            f" - ({vector}'*dB*{vector})/2*{vector}",
            numpy=f"linalg.pencil_vector(A, B, {place[2]})",
            latex=rf"v_{{{latex}}}\left(□1, □2\right)",
            unicode=f"v{unicode}({spelt})",
            statement="dv = inv(λB - A + B v v' B) (dA - λ dB) v - (dλ + v' dB v/2) v",
            doc=f"The v with v'*B*v = 1 of the {doc[4:]} of A*v = λ*B*v;"
            " its entry of largest modulus is positive.",
            source=_VECTOR,
            **shared,
        ),
    )


FUNCTIONS = (
    *_pair(
        ("eigval", "eigvec", "k"),
        ("□3", ""),
        1,
        "the eigenvalue □3 of □1 by □2",
        "The k-th eigenvalue, counted from the smallest,",
    ),
    *_pair(
        ("lambda_max", "eigvec_max", "len(A)"),
        (r"\max", "ₘₐₓ"),
        0,
        "the largest eigenvalue of □1 by □2",
        "The largest eigenvalue",
    ),
    *_pair(
        ("lambda_min", "eigvec_min", "1"),
        (r"\min", "ₘᵢₙ"),
        0,
        "the smallest eigenvalue of □1 by □2",
        "The smallest eigenvalue",
    ),
)
