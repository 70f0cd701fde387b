"""Stacking columns: vec, its inverse, vech, and the constant matrices that go with them.

Source: J. R. Magnus, H. Neudecker, "The commutation matrix: some properties and applications",
1979; "The elimination matrix: some lemmas and applications", 1980.
"""

from __future__ import annotations

from matcalc.functions.record import Function

_MN = "Magnus & Neudecker, ch. 3"


def _commutation_facts(arguments):
    found = {"orthogonal", "nonsingular", "square"}
    return found | {"symmetric"} if arguments[0] is arguments[1] else found


FUNCTIONS = (
    Function(
        "vec(A)",
        "R[m,n] -> R[m*n]",
        adjoint="unvec(G,m,n)",
        matrix="eye(m*n)",
        numpy="A.reshape(-1, 1, order='F')",
        latex=r"\operatorname{vec}\left(□\right)",
        facts=lambda a: {f for f in ("positive", "nonnegative") if f in a[0].facts},
        doc="The columns of a matrix, one below the other.",
        source="Magnus & Neudecker, ch. 2, sec. 4",
    ),
    Function(
        "unvec(x,m,n)",
        "R[m*n], m, n -> R[m,n]",
        adjoint="vec(G)",
        matrix="eye(m*n)",
        numpy="x.reshape(int(m), int(n), order='F')",
        latex=r"\operatorname{unvec}_{□2 \times □3}\left(□1\right)",
        doc="The m×n matrix whose columns, one below the other, are x: unvec(vec(X),m,n) = X.",
        source="Magnus & Neudecker, ch. 2, sec. 4",
    ),
    Function(
        "vech(A)",
        "R[n,n] -> R[n*(n + 1)/2]",
        adjoint="unvec(elimination(n)'*G,n,n)",
        matrix="elimination(n)",
        numpy="A.reshape(-1, 1, order='F')[np.flatnonzero(np.tri(len(A)).ravel(order='F'))]",
        latex=r"\operatorname{vech}\left(□\right)",
        doc="The columns of the lower triangle, diagonal included, one below the other.",
        source=f"{_MN}, sec. 8",
    ),
    Function(
        "commutation(m,n)",
        "m, n -> R[m*n,m*n]",
        numpy=("np.eye(int(m*n))[np.arange(int(m*n)).reshape(int(n), int(m)).ravel(order='F')]"),
        latex="K_{□1,□2}",
        unicode="K",
        facts=_commutation_facts,
        doc="The commutation matrix: commutation(m,n)*vec(X) = vec(X') for X of size m×n.",
        source=f"{_MN}, sec. 7",
    ),
    Function(
        "duplication(n)",
        "n -> R[n^2,n*(n + 1)/2]",
        numpy=(
            "(lambda t: np.equal((t + np.tril(t, -1).T).ravel(order='F')[:, None],"
            " np.arange(1, int(n*(n + 1)/2) + 1)))(np.tril(np.cumsum("
            "np.tri(int(n)).ravel(order='F')).reshape(int(n), int(n), order='F')))"
        ),
        latex="D_{□}",
        unicode="D",
        doc="The duplication matrix: duplication(n)*vech(S) = vec(S) for symmetric S.",
        source=f"{_MN}, sec. 8",
    ),
    Function(
        "elimination(n)",
        "n -> R[n*(n + 1)/2,n^2]",
        numpy="np.eye(int(n*n))[np.flatnonzero(np.tri(int(n)).ravel(order='F'))]",
        latex="L_{□}",
        unicode="L",
        doc="The elimination matrix: elimination(n)*vec(A) = vech(A).",
        source="Magnus & Neudecker, The elimination matrix, 1980",
    ),
    Function(
        "khatrirao(A,B)",
        "R[m,n], R[p,n] -> R[m*p,n]",
        differential="khatrirao(dA, B) + khatrirao(A, dB)",
        adjoint={
            "A": "kron(eye(m),ones(p))'*(G.*kron(ones(m),B))",
            "B": "kron(ones(m),eye(p))'*(G.*kron(A,ones(p)))",
        },
        matrix={
            "A": "diag(vec(kron(ones(m),B)))*kron(eye(n),kron(eye(m),ones(p)))",
            "B": "diag(vec(kron(A,ones(p))))*kron(eye(n),kron(ones(m),eye(p)))",
        },
        holomorphic=True,
        exact=True,
        numpy="np.einsum('ij,kj->ikj', A, B).reshape(-1, A.shape[1])",
        latex=r"□1 \odot_{\mathrm{KR}} □2",
        doc="The Khatri-Rao product: kron of each column of A with that of B.",
        source="C. G. Khatri, C. R. Rao, 1968",
    ),
)
