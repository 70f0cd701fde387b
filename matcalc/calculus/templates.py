"""The texts of the function records, parsed on first use and put to arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from matcalc.elaborate import read_expression
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol, fold
from matcalc.expr.rewrite import lift, substitute
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.expr.sizes import AnySize, names_of, size_name
from matcalc.functions.batch import COLUMN, SCALAR, Batch, Many
from matcalc.functions.by_rows import Mapped, turned
from matcalc.functions.record import Function
from matcalc.functions.signature import Signature, dim_size

ROWS = "rows_"  # the number of rows, where a text is by rows


@cache
def _template(text: str, names: tuple[str, ...], sets: tuple[VariableSet, ...]) -> Expr:
    """The expression that a record's text is, in variables of these sets."""
    return read_expression(text, dict(zip(names, sets, strict=True)))


def _parameter_set(dims: tuple[str, ...], need: str | None = None, over: str = "R") -> VariableSet:
    """The set that a parameter of this shape is in; of one that needs a fact, it has the fact."""
    if need is not None and over == "R":
        return make_set(_WITH_FACT[need], (dim_size(dims[0]),))
    if over == "Herm":
        return make_set(over, (dim_size(dims[0]),))
    return make_set(over, tuple(dim_size(d) for d in dims))


def over(function: Function) -> str:
    """The set that complex arguments of a function are in, for its text about them."""
    return "Herm" if function.of_hermitian else "C"


_WITH_FACT = {"symmetric": "Sym", "pd": "SPD"}


def _name(size: AnySize) -> str:
    return next(iter(names_of(size)))


def instantiate(
    text: str,
    function: Function,
    arguments: tuple[Expr, ...],
    cotangent: Expr | None = None,
    still: Collection[Expr] = (),
    over: str = "R",
) -> Expr:
    """The text with arguments for parameters, and G for the cotangent.

    Differentials dA of parameters become d(argument), or zero of those that stand still. `over` is
    "C" for a text about complex parameters, "Herm" for one about Hermitian ones; numbers stay real.
    """
    if isinstance(function, Mapped):
        return _instantiate_mapped(text, function, arguments[0], cotangent)
    k, sizes = function.select(arguments)
    signature: Signature = function.signatures[k]
    arrays = [i for i, size in enumerate(signature.sizes) if size is None]
    names = tuple(function.parameters[i] for i in arrays)
    kinds = tuple(signature.domains[i] for i in arrays)
    values = [arguments[i] for i in arrays]
    if cotangent is not None:
        names, kinds = (*names, "G"), (*kinds, signature.codomain)
        values.append(cotangent)
    sets = tuple(
        _parameter_set(d, function.needs.get(n), "R" if n in function.numbers else over)
        for n, d in zip(names, kinds, strict=True)
    )
    template = _template(text, names, sets)
    variables = [build.symbol(n, s) for n, s in zip(names, sets, strict=True)]
    replaced: dict[Expr, Expr] = dict(zip(variables, values, strict=True))
    for v, a in zip(variables, values, strict=True):
        if a in still:
            replaced[build.differential(v)] = build.zeros(a.shape)
    return substitute(template, replaced, sizes)


def differential_of(
    text: str,
    function: Function,
    arguments: tuple[Expr, ...],
    still: Collection[Expr] = (),
    over: str = "R",
) -> Expr:
    """The differential that a text states, of arguments of which some stand still.

    Of a matrix with fewer rows than columns it may be the one of the transpose, transposed.
    """
    a, *others = arguments
    if not function.turns(a):
        return instantiate(text, function, arguments, still=still, over=over)
    b = build.transpose(a)
    left = [b if x is a else x for x in still]
    found = instantiate(text, function, (b, *others), still=left, over=over)
    turned = {build.differential(b): build.transpose(build.differential(a))}
    return build.transpose(substitute(found, turned))


def _instantiate_mapped(text: str, f: Mapped, argument: Expr, cotangent: Expr | None) -> Expr:
    """The text of f for every row of the argument."""
    template, x, g = _by_rows(text, f, cotangent is not None)
    values: dict[Expr, Expr] = {x: argument} if cotangent is None else {x: argument, g: cotangent}
    sizes = {_name(n): actual for n, actual in zip(x.shape, argument.shape, strict=True)}
    return substitute(template, values, sizes)


@cache
def _by_rows(text: str, f: Mapped, adjoint: bool) -> tuple[Expr, Symbol, Symbol]:
    """A text of the record of f, by rows or columns, with the symbols X and G that it is in."""
    base = f.base
    assert base is not None
    signature = base.signatures[f.overload]
    (name,), dims = base.parameters, signature.domains[0]
    names, kinds = (name, "G"), (dims, signature.codomain)
    sets = tuple(map(_parameter_set, kinds))
    count = 2 if adjoint else 1
    template = _template(text, names[:count], sets[:count])
    n = size_name(dims[0])
    whole = [build.symbol(p, s) for p, s in zip(names, sets, strict=True)]
    vectors = [build.symbol(p, _parameter_set(d[:1])) for p, d in zip(names, kinds, strict=True)]
    if len(dims) == 2:  # of matrices, too: here of columns
        template = substitute(template, dict(zip(whole, vectors, strict=True)), {dims[1]: 1})
    m = size_name(ROWS)
    x = build.symbol(name, make_set("R", (m, n)))
    g = build.symbol("G", make_set("R", (m, n) if signature.codomain else (m,)))
    values = {
        vectors[0]: Many(x, COLUMN),
        build.differential(vectors[0]): Many(build.differential(x), COLUMN),
        vectors[1]: Many(g, COLUMN if signature.codomain else SCALAR),
    }
    batch = Batch(m, values.get)
    by_rows = batch.array(batch(template))
    if not f.by_columns:
        return by_rows, x, g
    x_turned, g_turned = (build.symbol(s.name, real_set(s.shape[::-1])) for s in (x, g))
    dx, dx_turned = build.differential(x), build.differential(x_turned)
    return turned(by_rows, {x: x_turned, dx: dx_turned, g: g_turned}), x_turned, g_turned


def adjoint_text(
    function: Function, arguments: tuple[Expr, ...], parameter: str | None = None
) -> str:
    """The text of L*(G) of a function linear in a parameter, for these arguments."""
    if isinstance(function, Mapped):
        assert function.base is not None
        function, arguments = function.base, (build.transpose(arguments[0]),)
        parameter = None
    return _chosen(function.adjoints[parameter or function.parameters[0]], function, arguments)


def matrix_of(function: Function, arguments: tuple[Expr, ...], parameter: str) -> Expr:
    """M with vec(L(A)) = M*vec(A), of a function linear in a parameter; of rows(L), M ⊗ I."""
    if not isinstance(function, Mapped):
        return instantiate(matrix_text(function, arguments, parameter), function, arguments)
    (x,) = arguments
    one = build.transpose(x) if not function.by_columns else x
    assert function.base is not None
    vector = build.zeros((one.shape[0], 1))  # for its shape alone
    m = instantiate(matrix_text(function.base, (vector,)), function.base, (vector,))
    many = build.identity(one.shape[1])
    return build.kronecker(many, m) if function.by_columns else build.kronecker(m, many)


def matrix_text(
    function: Function, arguments: tuple[Expr, ...], parameter: str | None = None
) -> str:
    """The text of the matrix of a function linear in a parameter, for these arguments."""
    stated = function.matrix
    if isinstance(stated, Mapping):
        stated = stated.get(parameter or function.parameters[0])
    if stated is None:
        raise NotSupportedError(f"the matrix of {function.name} in Jacobians")
    return _chosen(stated, function, arguments)


def _chosen(texts: str | tuple[str, ...], function: Function, arguments: tuple[Expr, ...]) -> str:
    """The text of the signature that fits."""
    return texts if isinstance(texts, str) else texts[function.select(arguments)[0]]


def elementwise_derivative(function: Function, parameter: str, arguments: tuple[Expr, ...]) -> Expr:
    """f'(x) entry by entry, for arrays in place of the scalar parameters."""
    real = make_set("R")
    template = _template(
        function.derivatives[parameter], function.parameters, (real,) * len(function.parameters)
    )
    values = {build.symbol(n, real): a for n, a in zip(function.parameters, arguments, strict=True)}
    return fold(template, lift, dict(values))
