"""Two texts in one scope, so that undeclared names mean the same in both."""

from __future__ import annotations

from matcalc.elaborate import Scope
from matcalc.elaborate.build import build_inferred, with_indices
from matcalc.elaborate.definitions import definitions_used
from matcalc.elaborate.infer import Inference, Meta, find, unify
from matcalc.errors import ParseError
from matcalc.expr.nodes import Apply, Expr, Symbol, postorder
from matcalc.expr.sets import VariableSet
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.syntax import tree
from matcalc.syntax.parser import parse_program


def read_together(left: str | Expr, right: str | Expr, scope: Scope) -> tuple[Expr, Expr]:
    """The two expressions; sizes are inferred as if one were subtracted from the other.

    Definitions may stand before either expression. An `I` that nothing else gives a size takes the
    other side's. Where the shapes differ the expressions have shapes that differ.
    """
    scope = scope.copy()
    for e in (left, right):
        if isinstance(e, Expr):
            _declare_all(e, scope)
    if isinstance(left, Expr) and isinstance(right, Expr):
        return left, right
    sides = [_Side(e, scope) for e in (left, right)]
    _share_sizes(sides)
    inference = Inference(sides[0].scope)
    for s in sides:
        s.foresee(inference)
    shapes = [s.infer(inference) for s in sides]
    _match(shapes[0], shapes[1], inference)
    inferred = inference.solve()
    first, second = (s.build(inference, inferred) for s in sides)
    return first, second


def _share_sizes(sides: list[_Side]) -> None:
    """What is a size in one text, as in eye(n), is that size as a number in the other."""
    first = Inference(sides[0].scope)
    for s in sides:
        s.foresee(first)
    for s in sides:
        s.infer(first)
    indices = {i for s in sides for i in s.scope.indices}
    shared = first.size_names - indices
    for s in sides:
        s.scope.sizes |= {n for n in shared if not s.scope.declared(n)}


def _match(a, b, inference: Inference) -> None:
    """Give both sides one shape, but do not make a size of a variable 1 by that."""
    named = {find(d) for shape in inference.shapes.values() for d in shape}
    for p, q in zip(map(find, a), map(find, b), strict=True):
        if any(x == 1 and isinstance(y, Meta) and y in named for x, y in ((p, q), (q, p))):
            return
    unify(a[0], b[0])
    unify(a[1], b[1])


class _Side:
    """A text, or an expression as it is."""

    def __init__(self, given: str | Expr, scope: Scope):
        self.given = given
        self.scope = scope
        if isinstance(given, Expr):
            return
        statements = parse_program(given).statements
        if not statements or not isinstance(statements[-1], tree.Show):
            span = statements[-1].span if statements else (0, 0)
            raise ParseError("an expression is expected", text=given, span=span)
        if len(statements) > 1:
            self.scope = scope.copy()
            self.scope.add_all(statements[:-1], given)
        self.root = statements[-1].expression
        self.used = definitions_used(self.root, self.scope)
        roots = [*(d.body for d in self.used), self.root]
        self.scope = with_indices(roots, self.scope, given)  # the other text's i is its own

    def foresee(self, inference: Inference) -> None:
        if not isinstance(self.given, Expr):
            inference.scope = self.scope
            inference.foresee([*(d.body for d in self.used), self.root])

    def infer(self, inference: Inference):
        if isinstance(self.given, Expr):
            return self.given.shape
        inference.scope = self.scope
        for d in self.used:
            inference.definitions[d.name] = inference.run(d.body, d.text)
        shape = inference.run(self.root, self.given)
        inference.definitions = {}
        return shape

    def build(self, inference: Inference, inferred: dict[str, VariableSet]) -> Expr:
        if isinstance(self.given, Expr):
            return self.given
        return build_inferred(self.root, self.given, self.scope, inference, inferred)


def _declare_all(e: Expr, scope: Scope) -> None:
    """Give the variables and abstract functions of an expression their meaning in a scope."""
    for node in postorder(e):
        if type(node) is Symbol:
            scope.declare(node.name, node.set)
        elif type(node) is Apply:
            f = node.function
            base = f.base if isinstance(f, AbstractDerivative) else f
            if isinstance(base, AbstractFunction):
                scope.functions[base.name] = base
