"""From syntax tree to expression: names, declarations, overloads; errors with their place."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from matcalc.elaborate import hints, walk
from matcalc.elaborate.definitions import definitions_used
from matcalc.elaborate.formulas import FormulaDerivative, applied, check_body, slope
from matcalc.elaborate.indices import bound_indices, index, sums_around
from matcalc.elaborate.infer import Inference, Meta, find, unify
from matcalc.elaborate.names import kind_of, latin_scalar
from matcalc.elaborate.runs import KINDS, Run, spine
from matcalc.elaborate.scope import Defined, Formula, Scope, read_size
from matcalc.errors import (
    ArityError,
    DeclarationError,
    DomainError,
    LimitError,
    MatcalcError,
    ShapeError,
    UnknownNameError,
)
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.expr.sizes import AnySize, Shape, names_of, shape_text, size_name
from matcalc.functions import lookup
from matcalc.functions.arrays import block
from matcalc.functions.index_sums import sum_over
from matcalc.functions.record import Function
from matcalc.syntax import tree

MAX_FORMULAS = 50  # that a formula may be within, each called by the next


@dataclass
class Elaborated:
    """An expression with what its text introduced.

    `inferred` are the sets of undeclared variables; `notes` remarks for the reader. `outline` is
    the expression with the user's own names for sub-expressions standing as variables, and
    `names` their values, each in names before it; `subject` is the name of the whole, if it has
    one.
    """

    expression: Expr
    outline: Expr
    names: dict[Symbol, Expr] = field(default_factory=dict)
    inferred: dict[str, VariableSet] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    subject: str | None = None


def elaborate(
    root: tree.Expression,
    text: str,
    scope: Scope,
    depth: int = 0,
    wanted: tuple[AnySize, ...] = (),
) -> Elaborated:
    """The expression that a tree means in a scope; `depth` counts formulas around it.

    `wanted` is the shape that the expression has if nothing else says it, as of I alone.
    """
    used = definitions_used(root, scope)
    scope = with_indices([*(d.body for d in used), root], scope, text)
    needed = any(_needs_inference(d.body, scope) for d in used) or _needs_inference(root, scope)
    inference = Inference(scope)
    inferred: dict[str, VariableSet] = {}
    if needed:
        inference.foresee([*(d.body for d in used), root])
        for d in used:
            inference.definitions[d.name] = inference.run(d.body, d.text)
        for size, known in zip(inference.run(root, text), wanted, strict=False):
            if isinstance(find(size), Meta):
                unify(size, known)
        inferred = inference.solve()
    builder = _Builder(scope, inference, inferred, depth)
    expression = builder.with_definitions(root, text, used)
    result = Elaborated(expression, expression, {}, inferred, list(builder.notes))
    if used:
        _outline(result, root, text, used, builder)
    return result


def build_inferred(
    root: tree.Expression,
    text: str,
    scope: Scope,
    inference: Inference,
    inferred: dict[str, VariableSet],
) -> Expr:
    """The expression that a tree means, by shapes that were inferred for more than it alone."""
    builder = _Builder(scope, inference, inferred)
    return builder.with_definitions(root, text, definitions_used(root, scope))


def with_indices(roots: list[tree.Expression], scope: Scope, text: str) -> Scope:
    """The scope in which the indices of sums are sizes."""
    try:
        bound = bound_indices(roots, scope)
    except MatcalcError as error:
        raise error.located(text, error.span or (0, 0)) from None
    if not bound:
        return scope
    scope = scope.copy()
    scope.sizes |= bound
    scope.indices = frozenset(bound)
    return scope


def _outline(
    result: Elaborated, root: tree.Expression, text: str, used: list[Defined], full: _Builder
) -> None:
    """The same once more, with the definitions' names as variables."""
    opaque = _Builder(full.scope, full.inference, full.inferred)
    if isinstance(root, tree.Name) and used[-1].name == root.name:
        result.subject = root.name
        root, text = used[-1].body, used[-1].text
        used = used[:-1]
    for d in used:
        value = opaque.run(d.body, d.text)
        if isinstance(value, Symbol) or not value.children:
            opaque.definitions[d.name] = value  # another name for a variable or a constant
            continue
        name = build.stand_in(d.name, full.definitions[d.name])
        result.names[name] = value
        opaque.definitions[d.name] = name
    result.outline = opaque.run(root, text)


def _needs_inference(root: tree.Expression, scope: Scope) -> bool:
    """Whether any variable is undeclared, or any size has to be found."""
    called: set[tree.Node] = set()
    names: list[tree.Name] = []
    for node in tree.postorder(root):
        if isinstance(node, tree.Call):
            called.add(node.function)
            if isinstance(node.function, tree.Name) and node.function.name in walk.FILL_WORDS:
                return True
        elif isinstance(node, tree.Name):
            names.append(node)
    return any(n not in called and not scope.declared(n.name) for n in names)


class _Builder:
    def __init__(
        self,
        scope: Scope,
        inference: Inference,
        inferred: dict[str, VariableSet],
        depth: int = 0,
    ):
        self.depth = depth
        self.bodies: dict[Formula, Expr] = {}
        self.scope = scope
        self.inference = inference
        self.inferred = inferred
        self.definitions: dict[str, Expr] = {}
        self.notes: dict[str, None] = {}
        # A size may be used as a number where no variable has its name.
        self.sizes = set(scope.sizes)
        for of in inferred.values():
            for d in of.dims:
                self.sizes.update(names_of(d))

    def with_definitions(self, root: tree.Expression, text: str, used: list[Defined]) -> Expr:
        """The expression of a tree and of the definitions that it uses."""
        for d in used:
            self.definitions[d.name] = self.run(d.body, d.text)
        return self.run(root, text)

    def run(self, root: tree.Expression, text: str) -> Expr:
        self.sums_around = sums_around(root)

        def step(node: tree.Expression, below: list[Expr]) -> Expr:
            if isinstance(node, tree.Binary) and node.op in KINDS:
                return self._run(node, below, text)
            try:
                return self._build(node, below, text)
            except MatcalcError as error:
                raise self._located(error, node, below, text) from None

        return walk.fold_tree(root, walk.parts, step)

    def _run(self, node: tree.Binary, below: list[Expr], text: str) -> Expr:
        """A run of one operator; errors are located at the operator that fails."""
        operators = spine(node)
        run = Run(operators[0], below[0])
        for b, operand in zip(operators, below[1:], strict=True):
            try:
                if run.kind == "sum" and (run.shape == (1, 1)) != operand.is_scalar:
                    self._spread(b, run.shape, operand.shape, text)
                run.take(b.op, operand)
            except MatcalcError as error:
                left = run.items[0] if len(run.items) == 1 else run.value()
                raise self._located(error, b, [left, operand], text) from None
        return run.value()

    def _located(self, error, node, below, text) -> MatcalcError:
        if error.text is not None:
            return error
        if isinstance(node, tree.Binary):
            error = error.located(text, node.op_span, (node.left.span, node.right.span))
        elif isinstance(node, tree.Call):
            error = error.located(text, node.span)
        else:
            error = error.located(text, node.span)
        if isinstance(error, ShapeError) and error.hint is None:
            error.hint = hints.misfit(node, below, self.scope.sets, self.inferred)
        elif isinstance(error, DomainError):
            said = hints.of_quotient(node, below), hints.convention(self.inferred, below[-2:])
            error.hint = "\n".join(filter(None, (error.hint, *said))) or None
        return error

    def _build(self, node: tree.Expression, below: list[Expr], text: str) -> Expr:
        if isinstance(node, tree.Name):
            return self._name(node, text)
        if isinstance(node, tree.Number):
            return _number(node.text)
        if isinstance(node, tree.Unary):
            return build.negate(below[0])
        if isinstance(node, tree.Transpose):
            a = build.conjugate(below[0]) if node.conjugate else below[0]
            return build.transpose(a)
        if isinstance(node, tree.Binary):
            return self._binary(node, below[0], below[1], text)
        if isinstance(node, tree.Call):
            return self._call(node, below, text)
        if isinstance(node, tree.Index):
            return self._index(node, below[0], text)
        return self._sum_over(node, below[0], text)

    def _index(self, node: tree.Index, e: Expr, text: str) -> Expr:
        if len(node.items) == 1 and e.shape[1] != 1:
            what = text[node.base.span[0] : node.base.span[1]]
            self.notes.setdefault(f"{what}[i] is the i-th row of {what}, as a column")
        return index(e, node, self.scope, text)

    def _sum_over(self, node: tree.SumOver, body: Expr, text: str) -> Expr:
        def range_of(n: tree.SumOver) -> tuple[AnySize, AnySize]:
            return read_size(n.low, text), read_size(n.high, text)

        around = {n.index.name: range_of(n) for n in self.sums_around.get(id(node), ())}
        return sum_over(body, node.index.name, *range_of(node), self.scope.indices, around)

    def _with_sizes(self, node: tree.Call, below: list[Expr], text: str) -> list[Expr]:
        """The arguments of a call some of which are sizes, in order."""
        arrays = iter(below)
        return [
            build.size_number(_positive_size(a, text)) if is_size else next(arrays)
            for a, is_size in walk.arguments_of(node)
        ]

    def _name(self, node: tree.Name, text: str) -> Expr:
        name = node.name
        of = self.scope.sets.get(name)
        if of is not None:
            return build.symbol(name, of)
        if name in self.definitions:
            return self.definitions[name]
        if name in self.scope.functions or name in self.scope.formulas:
            raise UnknownNameError(
                f"{name} is a function; it needs its arguments", text=text, span=node.span
            )
        if name == "I":
            return build.identity(self.inference.fill(node, text)[0])
        if name in ("pi", "π"):
            return build.apply(lookup("pi"))
        if name[:1] == "d" and (name[1:] in self.scope.sets or name[1:] in self.definitions):
            return build.differential(self._name(tree.Name(name[1:], node.span), text))
        if name in self.sizes and name not in self.inferred:
            return build.size_number(size_name(name))
        if kind_of(name) is None:
            raise DeclarationError(
                f"{_spelt(name)} is not declared, and no convention says what it is",
                text=text,
                span=node.span,
                hint=f"declare it: {name} in R[n]",
            )
        if hints.is_function_name(name):
            self.notes.setdefault(hints.function_words(name))
        return build.symbol(name, self.inferred[name])

    def _formula(self, f: Formula | FormulaDerivative, below: list[Expr]) -> Expr:
        """A call of a function that the user defined; its body is read on first use."""
        formula = f.formula if isinstance(f, FormulaDerivative) else f
        formula.check_arity(len(below))
        body = self.bodies.get(formula)
        if body is None:
            body = self.bodies[formula] = self._body(formula)
        if isinstance(f, FormulaDerivative):
            body = slope(formula, body)
        return applied(formula, body, below)

    def _body(self, f: Formula) -> Expr:
        if self.depth == MAX_FORMULAS:
            raise LimitError(f"formulas within over {MAX_FORMULAS} formulas (MAX_FORMULAS)")
        scope = self.scope.copy()
        for p in f.parameters:
            scope.declare(p, make_set("R"))
        found = elaborate(f.body, f.text, scope, self.depth + 1)
        arrays = [f"{name} in {of}" for name, of in found.inferred.items() if of.shape != (1, 1)]
        if arrays:
            raise DeclarationError(f"{f.head} needs declarations: is {', '.join(arrays)} meant?")
        self.inferred.update(found.inferred)
        check_body(f, found.expression)
        return found.expression

    def _binary(self, node: tree.Binary, a: Expr, b: Expr, text: str) -> Expr:
        base = node.left
        if node.op == "^" and isinstance(base, tree.Name) and base.name == "e" in self.inferred:
            self.notes.setdefault("e is a variable here: the powers of the number e are exp(x)")
        return _OPERATORS[node.op](a, b)

    def _spread(self, node: tree.Binary, a: Shape, b: Shape, text: str) -> None:
        """A scalar is added to every entry: say so, or refuse an undeclared a–g."""
        small, array = (node.left, b) if a == (1, 1) else (node.right, a)
        guess = self._undeclared_scalar(small)
        if guess is not None:
            shape = real_set(array)
            raise DeclarationError(
                f"{guess.name} is not declared, and is added to an array ({shape_text(array)})",
                text=text,
                span=guess.span,
                hint=f"by convention {guess.name} is a scalar; declare {guess.name} in {shape}, or"
                f" {guess.name} in R to add it to every entry",
            )
        what = text[small.span[0] : small.span[1]]
        advice = ""
        if array[0] == array[1]:
            advice = f"; write {what}*I for a multiple of the identity"
        self.notes.setdefault(f"{what} is added to every entry{advice}")

    def _undeclared_scalar(self, node: tree.Expression) -> tree.Name | None:
        """An undeclared a–g that is the scalar itself, or a factor of it."""
        todo = [node]
        while todo:
            n = todo.pop()
            if isinstance(n, tree.Unary | tree.Transpose):
                todo.append(n.operand)
            elif isinstance(n, tree.Binary) and n.op in ("*", "/", "+", "-", "@"):
                todo += [n.right, n.left] if n.op != "/" else [n.left]
            elif isinstance(n, tree.Name) and n.name in self.inferred and latin_scalar(n.name):
                return n
        return None

    def _call(self, node: tree.Call, below: list[Expr], text: str) -> Expr:
        f = walk.callee(node, self.scope, text)
        if node.rows is not None and f != "block":
            raise ArityError(f"only block takes rows, as in block(A,B;C,D): not {f}")
        if isinstance(f, Function) and any(f.sizes):
            return build.apply(f, *self._with_sizes(node, below, text))
        if isinstance(f, Formula | FormulaDerivative):
            return self._formula(f, below)
        if not isinstance(f, str):
            return build.apply(f, *below)
        if f in walk.SIZE_WORDS:
            _check_count(f, len(node.arguments), walk.SIZE_WORDS[f])
            sizes = [_positive_size(a, text) for a in node.arguments]
            if f == "eye":
                return build.identity(sizes[0])
            shape = (sizes[0], sizes[1] if len(sizes) == 2 else 1)
            return build.ones(shape) if f == "ones" else build.zeros(shape)
        if f in walk.FILL_WORDS:
            _check_count(f, len(below), (1,))
            if not below[0].is_scalar:
                raise ShapeError(f"{f} takes a scalar, not {shape_text(below[0].shape)}")
            return build.multiply(below[0], build.ones(self.inference.fill(node, text)))
        if f == "block":
            return block([len(row) for row in node.rows or (node.arguments,)], below)
        _check_count(f, len(below), (walk.NODE_WORDS[f],))
        if f == "d":
            return build.differential(below[0])
        return build.conjugate(below[0]) if f == "conj" else build.kronecker(*below)


def _number(text: str) -> Expr:
    """A literal; 2i is twice the imaginary unit."""
    if text.endswith("i"):
        return build.multiply(build.literal(text[:-1]), build.apply(lookup("1i")))
    return build.literal(text)


def _positive_size(node: tree.Expression, text: str) -> AnySize:
    size = read_size(node, text)
    if isinstance(size, int) and size < 1:
        raise DeclarationError(f"the size {size} is not positive", text=text, span=node.span)
    return size


_OPERATORS = {
    "\\": build.solve,
    ":": build.frobenius,
    "⊗": build.kronecker,
    "^": build.power,
    ".^": build.element_power,
}


def _check_count(name: str, count: int, wanted: tuple[int, ...]) -> None:
    if count not in wanted:
        allowed = " or ".join(map(str, wanted))
        raise ArityError(f"{name} takes {allowed} argument{'s' * (wanted != (1,))}, not {count}")


def _spelt(name: str) -> str:
    """A name, with its first letter's own name where that is easily mistaken."""
    if name[0].isascii():
        return name
    return f"{name} ({unicodedata.name(name[0], 'an unnamed character').lower()})"
