"""The last look at an answer as a whole: forms that depend on what else stands in it.

X*inv(X'*X) is pinv(X)', shorter and what is printed, unless X'*X is seen elsewhere, or the user
wrote the inverse. The function itself has to be undefined where X'*X is singular: for pinv(X) is
not. A function that is to be differentiated once more keeps the inverse: its
derivative is simpler.
"""

from __future__ import annotations

from collections.abc import Collection

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Inverse, Product, postorder
from matcalc.expr.rewrite import substitute
from matcalc.functions import lookup
from matcalc.functions.forms import logdet_of
from matcalc.simplify.normal_form import Simplifier


def regular_grams(whole: Collection[Expr]) -> set[Expr]:
    """The matrices whose log-determinants a function has, so that they are regular."""
    return {m for x in whole if (m := logdet_of(x)) is not None}


def closed(e: Expr, whole: Collection[Expr], regular: Collection[Expr]) -> Expr:
    """The answer with pseudoinverses for inverses that are part of one wherever they stand."""
    if not regular:
        return e  # found once for all answers, so that many variables cost no more
    nodes = list(postorder(e))
    for f in nodes:
        if isinstance(f, Inverse) and f not in whole and f.argument in regular:
            found = _by_pseudoinverse(f, nodes)
            if found:
                return closed(substitute(e, found), whole, regular)
    return e


def _by_pseudoinverse(inverse: Inverse, nodes: list[Expr]) -> dict[Expr, Expr]:
    """What the products with inv(F'*F) become; nothing where one does not become shorter."""
    gram = inverse.argument
    if not isinstance(gram, Product) or len(gram.chain) != 2 or "complex" in gram.facts:
        return {}
    turned, factor = gram.chain
    if gram.scalars or gram.coefficient != 1 or turned is not build.transpose(factor):
        return {}
    pseudoinverse = Simplifier().call("pinv", factor)
    found: dict[Expr, Expr] = {}
    for e in nodes:
        if gram in e.children and e is not inverse:
            return {}
        if inverse in e.children:
            shorter = _in_chain(e, inverse, pseudoinverse)
            if shorter is None:
                return {}
            found[e] = shorter
    return found


def _in_chain(e: Expr, inverse: Inverse, pseudoinverse: Expr) -> Expr | None:
    """A product with F*inv(F'*F) or inv(F'*F)*F' in it, once."""
    turned, factor = inverse.argument.children
    if not isinstance(e, Product) or e.chain.count(inverse) != 1:
        return None
    k = e.chain.index(inverse)
    before, after = e.chain[:k], e.chain[k + 1 :]
    if before and before[-1] is factor:
        chain = (*before[:-1], build.transpose(pseudoinverse), *after)
    elif after and after[0] is turned:
        chain = (*before, pseudoinverse, *after[1:])
    else:
        return None
    return build.product(e.coefficient, e.scalars, chain)


def reopened(e: Expr, whole: Collection[Expr]) -> Expr:
    """The answer as it was before it was closed: inverses that the function is defined by."""
    inverses: dict[Expr, Expr] = {}
    for gram in filter(None, map(logdet_of, whole)):
        if isinstance(gram, Product) and len(gram.chain) == 2:
            turned, factor = gram.chain
            pseudoinverse = build.multiply(build.inverse(gram), turned)
            inverses[build.apply(lookup("pinv"), factor)] = pseudoinverse
            inverses[build.apply(lookup("pinv"), turned)] = build.transpose(pseudoinverse)
    found = {x: inverses[x] for x in postorder(e) if x in inverses and x not in whole}
    return Simplifier(whole)(substitute(e, found)) if found else e
