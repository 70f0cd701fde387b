"""Rearranging and combining arrays: stacks and blocks, running sums, Toeplitz matrices.

What puts arrays side by side states its differential by selection matrices, the columns of an
identity, so that the way back is a slice.
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.functions.record import Function

MOST = 9  # arrays that one call of hcat or vcat takes
_LETTERS = "ABCDEFHJK"


def _sign_facts(arguments):
    common = frozenset.intersection(*(a.facts for a in arguments))
    return set(common & {"positive", "nonnegative"})


def _stack(name: str, count: int) -> Function:
    """hcat or vcat of so many arrays, whose sizes along the stack are n_1, n_2, ..."""
    across = name == "hcat"
    letters, sizes = _LETTERS[:count], [f"n_{k + 1}" for k in range(count)]
    total = " + ".join(sizes)
    terms = []
    for k, letter in enumerate(letters):
        before = " + ".join([*sizes[:k], "1"])
        chosen = f"{before}:{' + '.join(sizes[: k + 1])}"
        part = f"eye({total})[{chosen},:]" if across else f"eye({total})[:,{chosen}]"
        terms.append(f"d{letter}*{part}" if across else f"{part}*d{letter}")
    shapes = [f"R[m,{s}]" if across else f"R[{s},n]" for s in sizes]
    between = " & " if across else r" \\ "
    return Function(
        f"{name}({','.join(letters)})",
        f"{', '.join(shapes)} -> {f'R[m,{total}]' if across else f'R[{total},n]'}",
        differential=" + ".join(terms),
        numpy=f"np.{'hstack' if across else 'vstack'}([{', '.join(letters)}])",
        latex=rf"\begin{{bmatrix}}{between.join(f'□{k + 1}' for k in range(count))}\end{{bmatrix}}",
        facts=_sign_facts,
        holomorphic=True,
        exact=True,
        statement=f"d {name}(A, B, ...) = {name}(dA, dB, ...)",
        doc="Arrays side by side." if across else "Arrays one below the other.",
        source="by definition",
    )


def stack(name: str, arrays: list[Expr]) -> Expr:
    """hcat or vcat of any number of arrays."""
    from matcalc.functions import lookup

    while len(arrays) > 1:
        together = arrays[:MOST]
        arrays = [build.apply(lookup(name, len(together)), *together), *arrays[MOST:]]
    return arrays[0]


def block(counts: list[int], arrays: list[Expr]) -> Expr:
    """block(A,B;C,D): so many arrays in each row, the rows one below the other."""
    left = iter(arrays)
    return stack("vcat", [stack("hcat", [next(left) for _ in range(n)]) for n in counts])


def _toeplitz_facts(arguments):
    return {"toeplitz-symmetric"} | _sign_facts(arguments)


FUNCTIONS = (
    *(_stack(name, count) for name in ("hcat", "vcat") for count in range(2, MOST + 1)),
    Function(
        "cumsum(x)",
        "R[n] -> R[n]",
        adjoint="reverse(cumsum(reverse(G)))",
        matrix="tril(ones(n,n))",
        numpy="np.cumsum(x, axis=0)",
        facts=_sign_facts,
        hint="of every column of a matrix: columns(cumsum)(X)",
        doc="The running sums of a vector: x[1], x[1] + x[2], ...",
        source="by definition",
    ),
    Function(
        "reverse(x)",
        "R[n] -> R[n]",
        adjoint="reverse(G)",
        matrix="columns(reverse)(eye(n))",
        numpy="x[::-1]",
        facts=_sign_facts,
        hint="of every column of a matrix: columns(reverse)(X)",
        doc="The entries of a vector from the last to the first.",
        source="by definition",
    ),
    Function(
        "toeplitz(x)",
        "R[n] -> R[n,n]",
        adjoint="(diagsums(G) + diagsums(G') - tr(G)*eye(n)[:,1])",
        matrix=("toeplitzbasis(n) + commutation(n,n)*toeplitzbasis(n) - vec(eye(n))*eye(n)[:,1]'"),
        numpy="x[abs(np.subtract.outer(np.arange(len(x)), np.arange(len(x)))), 0]",
        facts=_toeplitz_facts,
        doc="The symmetric Toeplitz matrix with the entries x[abs(i - j) + 1].",
        source="Golub & Van Loan, Matrix Computations, sec. 4.7",
    ),
    Function(
        "diagsums(A)",
        "R[n,n] -> R[n]",
        adjoint="lowertoeplitz(G)",
        matrix="toeplitzbasis(n)'",
        numpy="np.array([[np.sum(np.diagonal(A, -k))] for k in range(len(A))])",
        facts=_sign_facts,
        doc="The sums along the diagonal and the diagonals below it, the longest first.",
        source="by definition",
    ),
    Function(
        "lowertoeplitz(x)",
        "R[n] -> R[n,n]",
        adjoint="diagsums(G)",
        matrix="toeplitzbasis(n)",
        numpy="np.tril(x[abs(np.subtract.outer(np.arange(len(x)), np.arange(len(x)))), 0])",
        facts=lambda a: {"lower"} | (_sign_facts(a) & {"nonnegative"}),
        doc="The lower triangular Toeplitz matrix with first column x.",
        source="Golub & Van Loan, Matrix Computations, sec. 4.7",
    ),
    Function(
        "toeplitzbasis(n)",
        "n -> R[n^2,n]",
        numpy=("np.stack([np.eye(int(n), k=-k).ravel(order='F') for k in range(int(n))], axis=1)"),
        latex=r"T_{□}",
        unicode="T",
        doc="The matrix with toeplitzbasis(n)*x = vec(lowertoeplitz(x)).",
        source="by definition",
    ),
    Function(
        "toeplitzprojection(n)",
        "n -> R[n^2,n^2]",
        numpy=(
            "(lambda d: np.equal(d, d.T)/(n - abs(d)))(np.subtract.outer("
            "np.arange(int(n)), np.arange(int(n))).reshape(-1, 1, order='F'))"
        ),
        latex=r"\Pi_{□}",
        unicode="Π",
        facts=lambda a: {"symmetric", "psd"},
        doc="The matrix that replaces each entry in vec(A) by the mean along its diagonal.",
        source="the orthogonal projection on Toeplitz matrices: the mean is the nearest number",
    ),
    Function(
        "toeplitz(c,r)",
        "R[n], R[n] -> R[n,n]",
        differential="lowertoeplitz(dc) + lowertoeplitz(dr)' - dr[1]*eye(n)",
        numpy=(
            "np.vstack([r[:0:-1], c])[np.subtract.outer(np.arange(len(c)), np.arange(len(c)))"
            " + len(c) - 1, 0]"
        ),
        facts=_sign_facts,
        holomorphic=True,
        exact=True,
        statement="d toeplitz(c,r) = toeplitz(dc,dr)",
        doc="The Toeplitz matrix with first column c and first row r, but c[1] in the corner.",
        source="Golub & Van Loan, Matrix Computations, sec. 4.7",
    ),
    Function(
        "conv(x,y)",
        "R[m], R[n] -> R[m + n - 1]",
        differential="conv(dx,y) + conv(x,dy)",
        adjoint={
            "x": "conv(G,reverse(y))[n:m + n - 1]",
            "y": "conv(G,reverse(x))[m:m + n - 1]",
        },
        matrix={
            "x": "lowertoeplitz(eye(m + n - 1)[:,1:n]*y)[:,1:m]",
            "y": "lowertoeplitz(eye(m + n - 1)[:,1:m]*x)[:,1:n]",
        },
        numpy="np.convolve(x[:, 0], y[:, 0])[:, None]",
        latex=r"□1 * □2",
        unicode="□1 * □2",
        facts=_sign_facts,
        holomorphic=True,
        exact=True,
        doc="The convolution of two vectors, of all their m + n - 1 overlaps.",
        source="Golub & Van Loan, Matrix Computations, sec. 4.8",
    ),
)
