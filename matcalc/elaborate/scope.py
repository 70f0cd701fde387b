"""What names mean: declared variables, abstract functions, definitions and sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from matcalc.errors import ArityError, DeclarationError, MatcalcError
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.expr.sizes import (
    AnySize,
    add_sizes,
    divide_sizes,
    multiply_sizes,
    names_of,
    power_size,
    size_name,
)
from matcalc.functions.abstract import AbstractFunction
from matcalc.syntax import tree


@dataclass(frozen=True)
class Defined:
    """A definition: the tree of its body, and the text that the tree is of."""

    name: str
    body: tree.Expression
    text: str


@dataclass(frozen=True)
class Formula:
    """An elementwise function defined by a formula, f(x) = x*exp(x): its body is of numbers."""

    name: str
    parameters: tuple[str, ...]
    body: tree.Expression
    text: str

    @property
    def head(self) -> str:
        return f"{self.name}({','.join(self.parameters)})"

    def check_arity(self, count: int) -> None:
        n = len(self.parameters)
        if count != n:
            raise ArityError(f"{self.head} takes {n} argument{'s' * (n != 1)}, not {count}")


@dataclass
class Scope:
    """Declarations and definitions; later ones replace earlier ones of the same name."""

    sets: dict[str, VariableSet] = field(default_factory=dict)
    functions: dict[str, AbstractFunction] = field(default_factory=dict)
    definitions: dict[str, Defined] = field(default_factory=dict)
    formulas: dict[str, Formula] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    indices: frozenset[str] = frozenset()  # of the sums in the expression at hand
    mentioned: set[str] = field(default_factory=set)  # names in the bodies of definitions

    def copy(self) -> Scope:
        return Scope(
            dict(self.sets),
            dict(self.functions),
            dict(self.definitions),
            dict(self.formulas),
            set(self.sizes),
            self.indices,
            set(self.mentioned),
        )

    def declared(self, name: str) -> bool:
        return any(name in table for table in self._tables)

    @property
    def _tables(self) -> tuple[dict, ...]:
        return self.sets, self.functions, self.definitions, self.formulas

    def names(self) -> set[str]:
        """Every name with a meaning here, sizes included."""
        return {name for table in self._tables for name in table} | self.sizes

    def declare(self, name: str, of: VariableSet) -> None:
        self._forget(name)
        self.sets[name] = of
        for d in of.dims:
            self.sizes.update(names_of(d))

    def add_all(self, statements: Iterable[tree.Statement], text: str) -> None:
        """Take in what one text declares and defines; a name has one meaning in it."""
        places: dict[str, tuple[object, tree.Name]] = {}
        for statement in statements:
            self.add(statement, text)
            for name in introduced(statement):
                meaning = self._meaning(name.name)
                before, place = places.setdefault(name.name, (meaning, name))
                if meaning != before:
                    line = text.count("\n", 0, place.span[0]) + 1
                    first = f", first on line {line}" if "\n" in text else ""
                    raise DeclarationError(
                        f"{name.name} has two meanings here{first}: {before}, and {meaning}",
                        text=text,
                        span=name.span,
                        marks=(place.span,),
                        hint="give one of them another name",
                    )

    def _meaning(self, name: str) -> str:
        """What a declared name stands for, in words."""
        if name in self.sets:
            return f"{name} in {self.sets[name]}"
        if name in self.functions:
            f = self.functions[name]
            domains = ", ".join(str(real_set(d)) for d in f.domains)
            return f"{name} : {domains} -> {real_set(f.codomain)}"
        if name in self.formulas:
            formula = self.formulas[name]
            return f"{formula.head} = {_source(formula)}"
        return f"{name} = {_source(self.definitions[name])}"

    def add(self, statement: tree.Statement, text: str) -> None:
        """Take in a declaration, a signature or a definition."""
        if isinstance(statement, tree.Declaration):
            of = read_set(statement.set, text)
            for name in statement.names:
                self.declare(name.name, of)
        elif isinstance(statement, tree.Signature):
            domains = tuple(read_set(d, text).shape for d in statement.domains)
            codomain = read_set(statement.codomain, text).shape
            self._forget(statement.name.name)
            for shape in (*domains, codomain):
                for size in shape:
                    self.sizes.update(names_of(size))
            function = AbstractFunction(statement.name.name, domains, codomain)
            self.functions[statement.name.name] = function
        elif isinstance(statement, tree.Definition):
            self._check_acyclic(statement, text)
            defined = statement.name.name
            self._forget(defined)
            if statement.parameters is None:
                self.definitions[defined] = Defined(defined, statement.body, text)
            else:
                names = tuple(p.name for p in statement.parameters)
                self.formulas[defined] = Formula(defined, names, statement.body, text)
        else:
            raise DeclarationError(
                "expected a declaration or a definition",
                text=text,
                span=statement.span,
                hint="such as X in R[m,n], phi : R[n] -> R, or D = W*X",
            )

    def _forget(self, name: str) -> None:
        for table in self._tables:
            table.pop(name, None)

    def _check_acyclic(self, statement: tree.Definition, text: str) -> None:
        """DeclarationError for a definition that needs itself."""
        name = statement.name.name
        own = {n.name for n in tree.postorder(statement.body) if isinstance(n, tree.Name)}
        own -= {p.name for p in statement.parameters or ()}
        needed = name in self.mentioned or name in own
        self.mentioned |= own
        if not needed:
            return  # nothing defined so far can need it
        bodies: dict[str, Defined | Formula] = {**self.definitions, **self.formulas}
        todo, seen = list(own), {""}
        while todo:
            found = todo.pop()
            if found == name:
                raise DeclarationError(
                    f"{name} is defined by itself", text=text, span=statement.name.span
                )
            if found in bodies and found not in seen:
                seen.add(found)
                body = bodies[found].body
                todo += {n.name for n in tree.postorder(body) if isinstance(n, tree.Name)}


def introduced(statement: tree.Statement) -> tuple[tree.Name, ...]:
    """The names that a declaration or definition gives a meaning."""
    if isinstance(statement, tree.Declaration):
        return statement.names
    return (statement.name,) if isinstance(statement, tree.Signature | tree.Definition) else ()


def _source(d: Defined | Formula) -> str:
    return " ".join(d.text[d.body.span[0] : d.body.span[1]].split())


def read_set(node: tree.SetExpr, text: str) -> VariableSet:
    """The set that a tree means."""
    dims = tuple(read_size(s, text) for s in node.sizes)
    for d, s in zip(dims, node.sizes, strict=True):
        if isinstance(d, int) and d < 1:
            raise DeclarationError(f"the size {d} is not positive", text=text, span=s.span)
    try:
        return make_set(node.name, dims)
    except MatcalcError as error:
        raise error.located(text, node.span) from None


def read_size(node: tree.Expression, text: str) -> AnySize:
    """The size that a tree means: integers, names, + - * / ^."""
    values: dict[tree.Node, AnySize] = {}
    for n in tree.postorder(node):
        if isinstance(n, tree.Name):
            values[n] = size_name(n.name)
        elif isinstance(n, tree.Number) and n.text.isdigit() and len(n.text) < 19:
            values[n] = int(n.text)
        elif isinstance(n, tree.Unary):
            values[n] = add_sizes(0, values[n.operand], -1)
        elif isinstance(n, tree.Binary) and n.op in _SIZE_OPERATORS:
            try:
                values[n] = _SIZE_OPERATORS[n.op](values[n.left], values[n.right])
            except MatcalcError as error:
                raise error.located(text, n.span) from None
        else:
            raise DeclarationError(
                "a size is a positive integer, a name, or an expression of those",
                text=text,
                span=n.span,
            )
    return values[node]


_SIZE_OPERATORS = {
    "+": add_sizes,
    "-": lambda a, b: add_sizes(a, b, -1),
    "*": multiply_sizes,
    "/": divide_sizes,
    "^": power_size,
}
