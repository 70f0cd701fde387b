"""Walking expressions of the syntax tree: which parts are expressions, and what is called."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from matcalc.elaborate import hints
from matcalc.elaborate.formulas import FormulaDerivative
from matcalc.elaborate.runs import spine
from matcalc.elaborate.scope import Formula, Scope
from matcalc.errors import ArityError, DomainError, LimitError, NotSupportedError, UnknownNameError
from matcalc.functions import lookup, names, registry, wrong_arity
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.arrays import MOST
from matcalc.functions.by_rows import Along, columns_of, rows_of
from matcalc.functions.record import Function
from matcalc.syntax import tree

# Calls whose arguments are sizes, or that stand for core nodes.
SIZE_WORDS = {"eye": (1,), "zeros": (1, 2), "ones": (1, 2)}
FILL_WORDS = frozenset({"vector", "matrix"})
STACKS = frozenset({"hcat", "vcat"})
NODE_WORDS = {"d": 1, "conj": 1, "kron": 2}
OPERATORS = frozenset({"grad", "jac", "hess"})
MAPS = frozenset({"rows", "columns"})
ALIKE = 0.7  # how much of two names is the same if one may be a slip for the other

Callee = str | Function | AbstractFunction | AbstractDerivative | Formula | FormulaDerivative


def fold_tree(
    root: tree.Expression,
    parts: Callable[[tree.Expression], tuple[tree.Expression, ...]],
    step: Callable[[tree.Expression, list[Any]], Any],
) -> Any:
    """step(node, results of its parts), parts first, by an explicit stack."""
    results: dict[tree.Expression, Any] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in results:
            stack.pop()
            continue
        below = parts(node)
        todo = [p for p in below if p not in results]
        if todo:
            stack.extend(reversed(todo))
            continue
        results[node] = step(node, [results[p] for p in below])
        stack.pop()
    return results[root]


def parts(node: tree.Expression) -> tuple[tree.Expression, ...]:
    """The parts of a node that are expressions in their own right: not what is called, no sizes."""
    if isinstance(node, tree.Call):
        if isinstance(node.function, tree.Name) and node.function.name in SIZE_WORDS:
            return ()
        return tuple(a for a, size in arguments_of(node) if not size)
    if isinstance(node, tree.Index):
        return (node.base,)
    if isinstance(node, tree.SumOver):
        return (node.body,)
    if isinstance(node, tree.Unary | tree.Transpose):
        return (node.operand,)
    if isinstance(node, tree.Binary):
        run = spine(node)
        return run[0].left, *(b.right for b in run)
    return ()


def arguments_of(node: tree.Call) -> list[tuple[tree.Expression, bool]]:
    """The arguments of a call, and whether each is a size, as m in unvec(x,m,n)."""
    f = (
        lookup(node.function.name, len(node.arguments))
        if isinstance(node.function, tree.Name)
        else None
    )
    sizes = f.sizes if f is not None else ()
    if not any(sizes):
        return [(a, False) for a in node.arguments]
    return [(a, s is not None) for a, s in zip(node.arguments, sizes, strict=True)]


def number_names(roots: Iterable[tree.Expression], scope: Scope) -> set[str]:
    """Names that stand where a function takes one number, as k in kyfan(X,2*k)."""
    found: set[str] = set()
    for root in roots:
        for node in tree.postorder(root):
            if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
                name, count = node.function.name, len(node.arguments)
                f = None if scope.declared(name) else lookup(name, count)
                if f is not None:
                    for p, a in zip(f.parameters, node.arguments, strict=True):
                        found.update(_arithmetic_names(a) if f.takes_number(p) else ())
    return found


def _arithmetic_names(e: tree.Expression) -> set[str]:
    """The names in an argument such as 2*k - 1; none where it is anything else."""
    nodes = list(tree.postorder(e))
    if not all(isinstance(n, tree.Name | tree.Number | tree.Unary | tree.Binary) for n in nodes):
        return set()
    return {n.name for n in nodes if isinstance(n, tree.Name)}


def callee(node: tree.Call, scope: Scope, text: str) -> Callee:
    """What a call calls: a word of the language, a record, or an abstract function."""
    f = node.function
    if isinstance(f, tree.Transpose) and isinstance(f.operand, tree.Name) and not f.conjugate:
        base = scope.functions.get(f.operand.name)
        if f.operand.name in scope.formulas:
            return FormulaDerivative(scope.formulas[f.operand.name])
        if base is not None and base.domains == ((1, 1),):
            return _derivative("grad", base, (), node, text)
    if isinstance(f, tree.Call) and isinstance(f.function, tree.Name):
        return _operator(f, node, scope, text)
    if not isinstance(f, tree.Name):
        raise UnknownNameError("this cannot be called", text=text, span=f.span)
    name = f.name
    if name in scope.functions:
        return scope.functions[name]
    if name in scope.formulas:
        return scope.formulas[name]
    if name in STACKS and len(node.arguments) > MOST:
        raise LimitError(
            f"{name} of over {MOST} arrays: stack some of them first", text=text, span=node.span
        )
    if name == "block" and node.arguments:
        return name
    if name in SIZE_WORDS or name in FILL_WORDS or name in NODE_WORDS:
        return name
    if name in registry():
        found = lookup(name, len(node.arguments))
        if isinstance(found, Along):
            return _directed(found, node.arguments[1], text)
        if found is not None:
            return found
        raise wrong_arity(name, len(node.arguments))
    if name in scope.sets or name in scope.definitions:
        raise UnknownNameError(
            f"{name} is a variable here, not a function",
            text=text,
            span=f.span,
            hint=f"write {name}*(...) for a product, {name}[i] for an entry",
        )
    if name in OPERATORS:
        raise UnknownNameError(
            f"{name} takes the name of a declared function, as in {name}(phi)(x)",
            text=text,
            span=f.span,
        )
    raise unknown_function(name, scope, text, f.span)


def _directed(f: Along, k: tree.Expression, text: str) -> Function:
    """sum(X,1) or sum(X,2)."""
    try:
        return f.directed(int(k.text) if isinstance(k, tree.Number) and k.text.isdigit() else None)
    except DomainError as error:
        raise error.located(text, k.span) from None


def _mapped(word: str, f: tree.Call, text: str) -> Function:
    """rows(f) or columns(f) of a function of the library."""
    first = f.arguments[0] if len(f.arguments) == 1 else None
    found = lookup(first.name, 1) if isinstance(first, tree.Name) else None
    if found is None:
        raise UnknownNameError(
            f"{word} takes the name of a function of vectors, as in {word}(softmax)(X)",
            text=text,
            span=f.span,
        )
    try:
        return rows_of(found) if word == "rows" else columns_of(found)
    except DomainError as error:
        raise error.located(text, f.span) from None


def _operator(f: tree.Call, node: tree.Call, scope: Scope, text: str) -> Callee:
    """grad(phi), jac(g), hess(f,1,2) of an abstract function; frechet(expm) of a record."""
    assert isinstance(f.function, tree.Name)
    word = f.function.name
    if word in MAPS and word not in scope.functions:
        return _mapped(word, f, text)
    named = f"{word}({','.join(map(_word, f.arguments))})"
    if word not in scope.functions:
        found = lookup(named, len(node.arguments)) or lookup(named)
        if found is not None:
            found.check_arity(len(node.arguments))
            return found
    if word == "frechet" and word not in scope.functions:
        known = [n[8:-1] for n in names() if n.startswith("frechet(")]
        raise UnknownNameError(
            "frechet takes the name of a matrix function, as in frechet(expm)(X,E)",
            text=text,
            span=f.span,
            hint=f"matrix functions: {', '.join(known)}",
        )
    outer: list[tree.Call] = []  # jac(jac(hess(phi))) from outside in
    while _is_nested(word, f, scope):
        outer.append(f)
        f = f.arguments[0]  # type: ignore[assignment]
        word = f.function.name if isinstance(f.function, tree.Name) else ""
    found = _of_declared(word, f, scope, text)
    if outer and not isinstance(found, AbstractDerivative):
        raise NotSupportedError(f"jac of {text[f.span[0] : f.span[1]]}", text=text, span=f.span)
    for call in reversed(outer):
        (k,) = _numbers("jac", found.base, call.arguments[1:], 1, call, text)
        found = found.derivative(k)
    return found


def _is_nested(word: str, f: tree.Call, scope: Scope) -> bool:
    """Whether f is jac(...) of something that is itself called, as in jac(hess(phi))."""
    inner = f.arguments[0] if f.arguments else None
    return word == "jac" and word not in scope.functions and isinstance(inner, tree.Call)


def _of_declared(word: str, f: tree.Call, scope: Scope, text: str) -> Any:
    """grad(phi), jac(g) and hess(phi) of a declared function, grad of a defined one."""
    if word not in OPERATORS or word in scope.functions:
        raise UnknownNameError("this cannot be called", text=text, span=f.span)
    first = f.arguments[0] if f.arguments else None
    if word == "grad" and isinstance(first, tree.Name) and first.name in scope.formulas:
        return FormulaDerivative(scope.formulas[first.name])
    if not isinstance(first, tree.Name) or first.name not in scope.functions:
        raise UnknownNameError(
            f"{word} takes the name of a declared function, as in {word}(phi)(x)",
            text=text,
            span=first.span if first is not None else f.span,
            hint="declare it first: phi : R[n] -> R",
        )
    return _derivative(word, scope.functions[first.name], f.arguments[1:], f, text)


def _word(e: tree.Expression) -> str:
    """What stands between the parentheses of frechetmatrix(expm,2), if it is a name or a number."""
    return e.name if isinstance(e, tree.Name) else e.text if isinstance(e, tree.Number) else ""


def _derivative(
    kind: str, base: AbstractFunction, rest: tuple[tree.Expression, ...], node: tree.Call, text: str
) -> AbstractDerivative:
    by = _numbers(kind, base, rest, 2 if kind == "hess" else 1, node, text)
    if kind == "grad" and base.codomain != (1, 1):
        raise DomainError(
            f"grad of {base.name}, which is not a scalar: write jac({base.name})",
            text=text,
            span=node.span,
        )
    return AbstractDerivative(kind, base, tuple(by))


def _numbers(
    kind: str,
    base: AbstractFunction,
    rest: tuple[tree.Expression, ...],
    count: int,
    node: tree.Call,
    text: str,
) -> list[int]:
    """The numbers, from 0, of the arguments that a derivative is by: the 1 and 2 of hess(f,1,2)."""
    by = []
    for r in rest:
        k = int(r.text) if isinstance(r, tree.Number) and r.text.isdigit() else 0
        if not 1 <= k <= len(base.domains):
            raise ArityError(
                f"{base.name} has {len(base.domains)} argument{'s' * (len(base.domains) != 1)};"
                " write the number of one",
                text=text,
                span=r.span,
            )
        by.append(k - 1)
    if not by and len(base.domains) == 1:
        by = [0] * count
    if len(by) != count:
        raise ArityError(
            f"{kind}({base.name}) needs the number of the argument: {kind}({base.name},"
            + ("1,1)" if count == 2 else "1)"),
            text=text,
            span=node.span,
        )
    return by


def unknown_function(name: str, scope: Scope, text: str, span) -> UnknownNameError:
    """The error for a function that nobody knows, with the nearest name."""
    callable_names = [n for n in names() if lookup(n).parameters]  # type: ignore[union-attr]
    known = [*callable_names, *SIZE_WORDS, *FILL_WORDS, *NODE_WORDS, *scope.functions]
    near = difflib.get_close_matches(name, scope.functions, 1)
    near = near or [n for n in known if n.lower() == name.lower()]
    near = near or difflib.get_close_matches(name, known, 1, ALIKE)
    hint = f"did you mean {near[0]}?" if near else f"declare it: {name} : R[n] -> R"
    if len(name) == 1 and not near:
        hint += f"; the entries of a vector {name} are {name}[i]"
    hint = hints.FOREIGN.get(name, hint)
    return UnknownNameError(f"unknown function {name}", text=text, span=span, hint=hint)
