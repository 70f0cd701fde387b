"""Shapes of undeclared names, by unification.

Sizes not known yet are `Meta` variables in a union-find; declared sizes are rigid. A clash is not
reported here: building the expression afterwards does, with the shapes that were inferred.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matcalc.elaborate import walk
from matcalc.elaborate.formulas import FormulaDerivative
from matcalc.elaborate.indices import free_names, read_index
from matcalc.elaborate.names import SIZE_NAMES, fresh, kind_of
from matcalc.elaborate.runs import spine
from matcalc.elaborate.scope import Formula, Scope, read_size
from matcalc.errors import DeclarationError, MatcalcError
from matcalc.expr.sets import VariableSet, make_set
from matcalc.expr.sizes import AnySize, multiply_sizes, names_of, size_name, substitute_size
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.record import Function
from matcalc.functions.signature import Signature, dim_size, pair
from matcalc.syntax import tree


class Meta:
    """A size to be found."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Meta | AnySize | None = None


Dim = Meta | AnySize
DimShape = tuple[Dim, Dim]


def find(d: Dim) -> Dim:
    """What a size stands for; the way there is shortened, so that finding again takes no time."""
    while isinstance(d, Meta) and d.value is not None:
        after = d.value
        if isinstance(after, Meta) and after.value is not None:
            d.value = after.value
        d = after
    return d


def unify(a: Dim, b: Dim) -> None:
    """Make two sizes one where they can be; rigid sizes that differ stay as they are."""
    a, b = find(a), find(b)
    if a is b or a == b or a == 1 or b == 1:
        return  # an array of unknown size is no scalar
    if isinstance(a, Meta):
        a.value = b
    elif isinstance(b, Meta):
        b.value = a


def scalar(s: DimShape) -> bool:
    return find(s[0]) == 1 and find(s[1]) == 1


@dataclass
class Inference:
    """The sizes found for one expression and the definitions that it uses."""

    scope: Scope
    shapes: dict[str, DimShape] = field(default_factory=dict)  # of undeclared names
    fills: dict[tree.Node, DimShape] = field(default_factory=dict)  # of I, vector(c), matrix(c)
    definitions: dict[str, DimShape] = field(default_factory=dict)
    size_names: set[str] = field(default_factory=set)
    compound: list[tuple[Meta, AnySize, dict[str, Dim]]] = field(default_factory=list)  # n + p
    numbers: set[str] = field(default_factory=set)  # names that have to be numbers

    def foresee(self, roots: Iterable[tree.Expression]) -> None:
        """Note what the places of names say of them, whatever comes first in the text."""
        self.numbers |= walk.number_names(roots, self.scope)

    def run(self, root: tree.Expression, text: str) -> DimShape:
        def step(node: tree.Expression, below: list[DimShape]) -> DimShape:
            try:
                return self._shape(node, below, text)
            except MatcalcError as error:
                raise error.located(text, node.span) from None

        return walk.fold_tree(root, walk.parts, step)

    def name(self, node: tree.Name) -> DimShape:
        """The shape of a name; a new variable by the convention."""
        name = node.name
        if name in self.scope.sets:
            return self.scope.sets[name].shape
        if name in self.definitions:
            return self.definitions[name]
        if name in self.shapes:
            return self.shapes[name]
        if name == "I":
            n = Meta()
            return self.fills.setdefault(node, (n, n))
        if name in ("pi", "π") or name in self.scope.sizes:
            return 1, 1
        if name[:1] == "d" and name[1:] in {*self.scope.sets, *self.definitions}:
            return self.name(tree.Name(name[1:], node.span))
        kind = "scalar" if name in self.numbers else kind_of(name)
        shape: DimShape = (1, 1)
        if kind == "vector":
            shape = (Meta(), 1)
        elif kind == "matrix":
            shape = (Meta(), Meta())
        self.shapes[name] = shape
        return shape

    def _shape(self, node: tree.Expression, below: list[DimShape], text: str) -> DimShape:
        if isinstance(node, tree.Name):
            return self.name(node)
        if isinstance(node, tree.Unary):
            return below[0]
        if isinstance(node, tree.Transpose):
            return below[0][1], below[0][0]
        if isinstance(node, tree.Binary):
            shape = below[0]
            for b, right in zip(spine(node), below[1:], strict=True):
                shape = _binary(b.op, shape, right)
            return shape
        if isinstance(node, tree.Call):
            return self._call(node, below, text)
        if isinstance(node, tree.Index):
            return self._index(node, below[0], text)
        return below[0] if isinstance(node, tree.SumOver) else (1, 1)

    def _index(self, node: tree.Index, base: DimShape, text: str) -> DimShape:
        """The shape of X[i,j], x[1:3], a[i]: of undeclared names, entries of h-z and A-Z."""
        if isinstance(node.base, tree.Name) and node.base.name in self.shapes and scalar(base):
            raise DeclarationError(
                f"{node.base.name} is not declared, and has an index",
                text=text,
                span=node.base.span,
                hint=f"declare it: {node.base.name} in R[n] for numbers {node.base.name}[i],"
                f" {node.base.name} in R[m,n] for vectors, its rows",
            )
        self.size_names |= free_names(node.items, text)
        if len(node.items) == 1 and find(base[1]) != 1:
            return base[1], 1
        counts = []
        for item, n in zip(node.items, base, strict=False):
            known = find(n)
            if isinstance(known, Meta) and isinstance(item, tree.Range):
                known = Meta() if item.low is not None or item.high is None else 1
                counts.append(n if item.low is None and item.high is None else known)
            else:
                of = 1 if isinstance(known, Meta) else known
                counts.append(read_index(item, of, self.scope, text)[1])
        return (counts[0], 1) if len(counts) == 1 else (counts[0], counts[1])

    def _call(self, node: tree.Call, below: list[DimShape], text: str) -> DimShape:
        f = walk.callee(node, self.scope, text)
        if isinstance(f, str):
            return self._word(f, node, below, text)
        if isinstance(f, AbstractFunction | AbstractDerivative):
            base = f.base if isinstance(f, AbstractDerivative) else f
            if f.of_number:
                return _elementwise(below)
            for wanted, given in zip(base.domains, below, strict=False):
                _unify_shapes(wanted, given)
            return f.result_shape() if isinstance(f, AbstractDerivative) else f.codomain
        if isinstance(f, Formula | FormulaDerivative):
            return _elementwise(below)
        return self._record(f, below, self._given_sizes(f, node, text))

    def _given_sizes(self, f: Function, node: tree.Call, text: str) -> dict[str, AnySize]:
        """The sizes that are arguments of a call, as m and n in unvec(x,m,n)."""
        if not any(f.sizes):
            return {}
        given: dict[str, AnySize] = {}
        for name, (argument, _) in zip(f.sizes, walk.arguments_of(node), strict=True):
            if name is not None:
                given[name] = read_size(argument, text)
                self.size_names.update(names_of(given[name]))
        return given

    def _record(self, f: Function, below: list[DimShape], given: dict[str, AnySize]) -> DimShape:
        """The shape of f(...) for arguments of these shapes, and sizes that are arguments."""
        if f.elementwise:
            return _elementwise(below)
        signature = next((s for s in f.signatures if _may_fit(s, below)), f.signatures[-1])
        sizes: dict[str, Dim] = dict(given)

        def dim(text: str) -> Dim:
            if text.isidentifier():
                return sizes.setdefault(text, Meta())
            size = dim_size(text)
            known = {n: sizes.setdefault(n, Meta()) for n in names_of(size)}
            found = _substituted(size, known)
            if isinstance(found, Meta):
                self.compound.append((found, size, known))
            return found

        for dims, shape in zip(_arrays(signature), below, strict=False):
            for text, given_size in zip(pair(dims), shape, strict=True):
                if text.isidentifier():
                    sizes.setdefault(text, given_size)
                unify(dim(text), given_size)
        rows, columns = pair(signature.codomain)
        return dim(rows), dim(columns)

    def _stacked(self, name: str, below: list[DimShape]) -> DimShape:
        """The shape of hcat or vcat of arrays."""
        shape = below[0]
        for other in below[1:]:
            f = lookup(name, 2)
            assert f is not None
            shape = self._record(f, [shape, other], {})
        return shape

    def _word(self, word: str, node: tree.Call, below: list[DimShape], text: str) -> DimShape:
        if word in walk.SIZE_WORDS:
            sizes = [read_size(a, text) for a in node.arguments]
            for s in sizes:
                self.size_names.update(names_of(s))
            if not sizes:
                return 1, 1
            return (sizes[0], sizes[0]) if word == "eye" else (sizes[0], [*sizes, 1][1])
        if word in walk.FILL_WORDS:
            shape = (Meta(), 1) if word == "vector" else (Meta(), Meta())
            return self.fills.setdefault(node, shape)
        if word == "block":
            given = iter(below)
            rows = [[next(given) for _ in row] for row in node.rows or (node.arguments,)]
            for row in rows[1:]:
                if len(row) == len(rows[0]):  # a grid
                    for a, b in zip(rows[0], row, strict=True):
                        unify(a[1], b[1])
            return self._stacked("vcat", [self._stacked("hcat", row) for row in rows])
        if word == "kron" and len(below) == 2:
            return tuple(_times(p, q) for p, q in zip(*below, strict=True))  # type: ignore
        return below[0] if below else (1, 1)

    def solve(self) -> dict[str, VariableSet]:
        """The sets of the undeclared names, with names for the sizes that nothing fixed."""
        taken = {*self.scope.names(), *self.shapes, *self.definitions, *self.size_names}
        shapes = list(self.shapes.values())
        made_of = [(d, 1) for _, _, known in self.compound for d in known.values()]
        made = {find(meta) for meta, _, _ in self.compound}
        self._name_sizes([m for m in _open([*shapes, *made_of]) if m not in made], taken)
        for meta, size, known in self.compound:
            unify(meta, _substituted(size, known))
        self._name_sizes(_open(shapes), taken)
        return {
            name: make_set("R", () if shape == (1, 1) else shape)
            for name, pair in self.shapes.items()
            for shape in [_solved(pair)]
        }

    def _name_sizes(self, open_sizes: list[Meta], taken: set[str]) -> None:
        for i, meta in enumerate(open_sizes):
            first = ("n",) if len(open_sizes) == 1 and i == 0 else ()
            name = fresh((*first, *SIZE_NAMES), taken)
            taken.add(name)
            meta.value = size_name(name)

    def fill(self, node: tree.Node, text: str) -> tuple[AnySize, AnySize]:
        """The shape found for I, vector(c) or matrix(c)."""
        rows, columns = (find(d) for d in self.fills[node])
        if isinstance(rows, Meta) or isinstance(columns, Meta):
            what = text[node.span[0] : node.span[1]]
            raise DeclarationError(
                f"the size of {what} cannot be inferred",
                text=text,
                span=node.span,
                hint="write eye(n), ones(n) or ones(m,n) with the sizes that you mean",
            )
        return rows, columns


def _solved(pair: DimShape) -> tuple[AnySize, AnySize]:
    rows, columns = find(pair[0]), find(pair[1])
    assert not isinstance(rows, Meta) and not isinstance(columns, Meta)
    return rows, columns


def _open(shapes: list[DimShape]) -> list[Meta]:
    """The sizes still unknown, in order of appearance."""
    found: dict[Meta, None] = {}
    for shape in shapes:
        for d in shape:
            root = find(d)
            if isinstance(root, Meta):
                found[root] = None
    return list(found)


def _times(a: Dim, b: Dim) -> Dim:
    a, b = find(a), find(b)
    return Meta() if isinstance(a, Meta) or isinstance(b, Meta) else multiply_sizes(a, b)


def _unify_shapes(a: DimShape, b: DimShape) -> None:
    unify(a[0], b[0])
    unify(a[1], b[1])


def _binary(op: str, a: DimShape, b: DimShape) -> DimShape:
    if op in ("+", "-", ".*", "./", ":", ".^"):
        if scalar(a) and op != ":":
            return b
        if not scalar(b):
            _unify_shapes(a, b)
        return (1, 1) if op == ":" else a
    if op in ("*", "@"):
        if scalar(a) or scalar(b):
            return b if scalar(a) else a
        unify(a[1], b[0])
        return a[0], b[1]
    if op == "/":
        if scalar(b):
            return a
        unify(b[0], b[1])
        unify(a[1], b[1])
        return a[0], b[0]
    if op == "\\":
        if scalar(a):
            return b
        unify(a[0], a[1])
        unify(a[0], b[0])
        return a[1], b[1]
    if op == "⊗":
        return _times(a[0], b[0]), _times(a[1], b[1])
    if op == "^" and not scalar(a):
        unify(a[0], a[1])
    return a


def _substituted(size: AnySize, values: dict[str, Dim]) -> Dim:
    """A size in terms of others; one to be found where any of them is."""
    known = {n: find(d) for n, d in values.items()}
    fixed = {n: s for n, s in known.items() if not isinstance(s, Meta)}
    return substitute_size(size, fixed) if len(fixed) == len(known) else Meta()


def _elementwise(below: list[DimShape]) -> DimShape:
    arrays = [s for s in below if not scalar(s)]
    for s in arrays[1:]:
        _unify_shapes(arrays[0], s)
    return arrays[0] if arrays else (1, 1)


def _arrays(s: Signature) -> list[tuple[str, ...]]:
    """The domains of the arguments that are no sizes."""
    return [d for d, size in zip(s.domains, s.sizes, strict=True) if size is None]


def _may_fit(s: Signature, below: list[DimShape]) -> bool:
    """Whether an overload fits: it asks for a vector exactly where there is one."""
    arrays = _arrays(s)
    return len(arrays) == len(below) and all(
        len(dims) == 2 or find(shape[1]) == 1 for dims, shape in zip(arrays, below, strict=True)
    )
