"""The deep mode: equality saturation over the whole table of identities, with egglog.

    simplify_deep(e)    an expression that is equal to e and at most as long as `simplify` makes it

The normal form decides at every node at once which of two forms is better. Here all forms that the
identities lead to are kept, as classes of equal terms, and the shortest is taken at the end. That
costs milliseconds to seconds instead of one; it needs the extra `deep`. Associativity and
commutativity make the classes grow exponentially, so the search is bounded by a number of terms and
by time; between rounds the normal form, which has sums and products of any length, collects what
was found. See docs/simplification.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from matcalc.derivation.rule import Rule
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Conjugate,
    Differential,
    Expr,
    Frobenius,
    Identity,
    Kronecker,
    Ones,
    Product,
    Sum,
    Transpose,
    postorder,
)
from matcalc.simplify import identities_arrays, identities_scalars, rules
from matcalc.simplify.deep_terms import Writer, known, read, rewrites, terms_of
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.table import TABLE, entrywise

# Shorter, but not what a person prints who wrote the other side.
MATTERS_OF_TASTE = frozenset(
    {
        identities_arrays.MEAN_SUM,
        identities_scalars.SILU,
        identities_scalars.TANH_COMPLEMENT,
        identities_scalars.SIGMOID_FLIP,
        identities_scalars.SIGMOID_SLOPE,
        identities_scalars.SIGMOID_TANH,
    }
)
# What the language of terms does by itself, below.
STRUCTURAL = frozenset(
    {
        rules.LIKE_TERMS,
        rules.POWERS,
        rules.SCALAR_POWERS,
        rules.ENTRYWISE_POWERS,
        rules.SCALAR_FIRST,
    }
)


@dataclass(frozen=True)
class Budget:
    """Where the search stops.

    `terms` in the e-graph, `steps` of applying all identities once, `rounds` from one normal form
    to the next; `seconds` is looked at between steps, and only it makes results depend on the
    machine. Expressions longer than `longest` are left to the normal form.
    """

    terms: int = 4000
    steps: int = 6
    rounds: int = 3
    seconds: float = 2.0
    longest: int = 80
    variants: int = 12


DEFAULT = Budget()
_lock = Lock()  # of the one e-graph


def simplify_deep(e: Expr, whole: Iterable[Expr] = (), budget: Budget = DEFAULT) -> Expr:
    """The shortest form found within the budget; `whole` as in `Simplifier`.

    Raises NotSupportedError if egglog is not installed: pip install "matcalc-engine[deep]".
    """
    engine = _egglog()
    kept = frozenset(whole)
    best = Simplifier(kept)(e)
    stop = time.monotonic() + budget.seconds
    for _ in range(budget.rounds):
        if not _fits(best, budget):
            break
        found = min(
            [best, *_equal_forms(engine, best, kept, budget, stop)],
            key=lambda x: (cost(x), x is not best, -_kept_whole(x, kept)),
        )
        if found is best:
            break
        best = found
    return best


def _egglog() -> Any:
    try:
        import egglog.bindings
    except ImportError:
        raise NotSupportedError(
            "the deep mode without egglog",
            hint='install it: pip install "matcalc-engine[deep]"',
        ) from None
    return egglog.bindings


def _fits(e: Expr, budget: Budget) -> bool:
    """Whether the terms have a word for every node, and the expression is not too long."""
    strange = any(isinstance(x, Conjugate | Differential) for x in postorder(e))
    return not strange and "complex" not in e.facts and cost(e) <= budget.longest


def _kept_whole(e: Expr, whole: frozenset[Expr]) -> int:
    return sum(1 for x in postorder(e) if x in whole)


def _equal_forms(
    engine: Any, e: Expr, whole: frozenset[Expr], budget: Budget, stop: float
) -> list[Expr]:
    """Forms equal to e: in normal form, and as they were found."""
    writer = Writer()
    text = "\n".join([f"(let $e {writer.write(e)})", *known(writer, e)])
    with _lock:
        try:
            terms = _searched(_graph(engine), text, budget, stop)
        except engine.EggSmolError:  # its graph is of no use afterwards
            _graph.cache_clear()
            return []
    simplifier = Simplifier(whole)
    forms = [read(t, writer) for t in terms]
    return [x for x in (*map(simplifier, forms), *forms) if _is_natural(x, e)]


def _is_natural(e: Expr, before: Expr) -> bool:
    """Whether a form may be printed.

    No Kronecker or Frobenius product is brought in, transposes stand inside of products unless all
    of the answer is transposed, and nobody writes ones less the identity.
    """
    kinds = {type(x) for x in postorder(e)} - {type(x) for x in postorder(before)}
    if kinds & {Kronecker, Frobenius}:
        return False
    top = e.chain[0] if isinstance(e, Product) and len(e.chain) == 1 else e
    for x in postorder(e):
        if isinstance(x, Transpose) and isinstance(x.argument, Product) and x is not top:
            return False
        if isinstance(x, Sum) and _kinds(x) >= {Ones, Identity}:
            return False
    return True


def _kinds(e: Sum) -> set[type]:
    """The kinds of the terms, without numbers and scalars in front of them."""
    return {type(build.scalar_parts(t)[2]) for t in e.terms}


def _searched(graph: Any, start: str, budget: Budget, stop: float) -> list[str]:
    """The shortest terms equal to $e once all identities were applied, or the budget is spent."""

    def run(text: str) -> list[Any]:
        return graph.run_program(*graph.parse_program(text))

    run(f"(push)\n{start}")
    try:
        for _ in range(budget.steps):
            report, sizes = run("(run 1) (print-size)")
            if not report.report.updated or time.monotonic() > stop:
                break
            if sum(n for _, n in sizes.sizes) > budget.terms:
                break
        run("(run-schedule (saturate finish))")
        return terms_of(run(f"(extract $e {budget.variants})"))
    finally:
        run("(pop)")


@cache
def _graph(engine: Any) -> Any:
    """An e-graph that knows the identities and nothing else: made once, it takes a while."""
    graph = engine.EGraph()
    graph.run_program(*graph.parse_program(_program()))
    return graph


# The language of terms


@cache
def _program() -> str:
    """Constructors, structure and identities."""
    return "\n".join([_CONSTRUCTORS, _SHAPES, *_function_shapes(), _STRUCTURE, *_identities()])


def _identities() -> list[str]:
    used = [rule for rule in TABLE if _used(rule)]
    lifted = [rule for rule in map(entrywise, used) if rule is not None]
    return [text for rule in (*used, *lifted) for text in rewrites(rule)]


def _used(rule: Rule) -> bool:
    return rule not in MATTERS_OF_TASTE and rule not in STRUCTURAL


_CONSTRUCTORS = """
(sort T)
(constructor Leaf (String) T :cost 1)
(constructor Num (Rational) T :cost 1)
(constructor Size (String) T :cost 1)
(constructor Eye (String) T :cost 1)
(constructor Ones (String String) T :cost 1)
(constructor Zeros (String String) T :cost 1)
(constructor Add (T T) T :cost 1)
(constructor Sub (T T) T :cost 1)
(constructor Neg (T) T :cost 1)
(constructor Scale (T T) T :cost 1)
(constructor Div (T T) T :cost 1)
(constructor Mul (T T) T :cost 1)
(constructor Had (T T) T :cost 1)
(constructor EDiv (T T) T :cost 1)
(constructor Frob (T T) T :cost 1)
(constructor Kron (T T) T :cost 1)
(constructor Flip (T) T :cost 1)
(constructor Inv (T) T :cost 1)
(constructor Pow (T Rational) T :cost 2)
(constructor EPow (T Rational) T :cost 2)
(constructor PowX (T T) T :cost 1)
(constructor EPowX (T T) T :cost 1)
(constructor F1 (String T) T :cost 1)
(constructor F2 (String T T) T :cost 2)
(function rows (T) String :merge old)
(function cols (T) String :merge old)
(relation fact (T String))
(ruleset finish)
"""

_SHAPES = """
(rule ((= e (Num p))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Size p))) ((set (rows e) "1") (set (cols e) "1")))
(rule ((= e (Eye n))) ((set (rows e) n) (set (cols e) n)))
(rule ((= e (Ones m n))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Zeros m n))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Add a b)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Had a b)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Scale c a)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Mul a b)) (= m (rows a)) (= n (cols b))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Flip a)) (= m (rows a)) (= n (cols a))) ((set (rows e) n) (set (cols e) m)))
(rule ((= e (Inv a)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Pow a p)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (EPow a p)) (= m (rows a)) (= n (cols a))) ((set (rows e) m) (set (cols e) n)))
(rule ((= e (Frob a b))) ((set (rows e) "1") (set (cols e) "1")))
"""

_STRUCTURE = """
(rewrite (Add a b) (Add b a))
(birewrite (Add a (Add b c)) (Add (Add a b) c))
(birewrite (Mul a (Mul b c)) (Mul (Mul a b) c))
(rewrite (Had a b) (Had b a))
(birewrite (Had a (Had b c)) (Had (Had a b) c))
(birewrite (Scale a (Scale b c)) (Scale (Scale a b) c))
(rewrite (Scale a b) (Scale b a) :when ((= "1" (rows b)) (= "1" (cols b))))
(rewrite (Mul a b) (Scale a b) :when ((= "1" (rows a)) (= "1" (cols a))))
(rewrite (Mul a b) (Scale b a) :when ((= "1" (rows b)) (= "1" (cols b))))

(rewrite (Mul (Scale c a) b) (Scale c (Mul a b)))
(rewrite (Mul a (Scale c b)) (Scale c (Mul a b)))
(rewrite (Had (Scale c a) b) (Scale c (Had a b)))
(rewrite (Flip (Scale c a)) (Scale c (Flip a)))
(rewrite (Flip (Flip a)) a)
(rewrite (Flip a) a :when ((= "1" (rows a)) (= "1" (cols a))))
(rewrite (Inv (Inv a)) a)

(birewrite (Add (Scale c a) (Scale c b)) (Scale c (Add a b)))
(birewrite (Add (Scale c a) (Scale d a)) (Scale (Add c d) a))
(rewrite (Add (Scale c a) a) (Scale (Add c (Num (rational 1 1))) a))
(rewrite (Add a a) (Scale (Num (rational 2 1)) a))
(rewrite (Add (Had a (EPow b p)) (Had c (EPow b q)))
    (Had (Add (Had a (EPow b (- p q))) c) (EPow b q)) :when ((< q p)))
(rewrite (Add (Had a (EPow b p)) (Scale k (Had c (EPow b q))))
    (Had (Add (Had a (EPow b (- p q))) (Scale k c)) (EPow b q)) :when ((< q p)))
(rewrite (Add (Scale (Pow b p) a) (Scale (Pow b q) c))
    (Scale (Pow b q) (Add (Scale (Pow b (- p q)) a) c)) :when ((< q p)))
(rewrite (Add (Scale (Pow b p) a) (Scale k (Scale (Pow b q) c)))
    (Scale (Pow b q) (Add (Scale (Pow b (- p q)) a) (Scale k c))) :when ((< q p)))
(birewrite (Add (Mul a b) (Mul a c)) (Mul a (Add b c)))
(birewrite (Add (Mul a c) (Mul b c)) (Mul (Add a b) c))
(rewrite (Add (Mul a b) (Scale k (Mul a c))) (Mul a (Add b (Scale k c))))
(rewrite (Add (Mul a c) (Scale k (Mul b c))) (Mul (Add a (Scale k b)) c))
(rewrite (Add (Had a c) (Scale k (Had b c))) (Had (Add a (Scale k b)) c))
(rewrite (Add (Mul a b) a) (Mul a (Add b (Eye n))) :when ((= n (cols a)) (= n (rows b))))
(rewrite (Add (Mul b a) a) (Mul (Add b (Eye n)) a) :when ((= n (rows a)) (= n (cols b))))
(birewrite (Add (Had a c) (Had b c)) (Had (Add a b) c))
(rewrite (Add (Had a b) b) (Had (Add a (Ones m n)) b) :when ((= m (rows b)) (= n (cols b))))

(rewrite (Add (Num p) (Num q)) (Num (+ p q)))
(rewrite (Scale (Num p) (Num q)) (Num (* p q)))
(rewrite (Scale (Num (rational 1 1)) a) a)
(rewrite (Scale (Num (rational 0 1)) a) (Zeros m n) :when ((= m (rows a)) (= n (cols a))))
(rewrite (Zeros "1" "1") (Num (rational 0 1)))
(rewrite (Ones "1" "1") (Num (rational 1 1)))
(rewrite (Add (Zeros m n) a) a)
(rewrite (Add (Num (rational 0 1)) a) a)
(rewrite (Mul (Eye n) a) a)
(rewrite (Mul a (Eye n)) a)
(rewrite (Had (Ones m n) a) a)
(rewrite (Mul (Zeros m n) a) (Zeros m p) :when ((= p (cols a))))
(rewrite (Mul a (Zeros m n)) (Zeros p n) :when ((= p (rows a))))

(rewrite (Scale a a) (Pow a (rational 2 1)))
(rewrite (Scale a (Pow a p)) (Pow a (+ p (rational 1 1))))
(rewrite (Scale (Pow a p) (Pow a q)) (Pow a (+ p q)))
(rewrite (Scale (Pow a p) (Scale a b)) (Scale (Pow a (+ p (rational 1 1))) b))
(rewrite (Mul a a) (Pow a (rational 2 1)) :when ((= n (rows a)) (= n (cols a))))
(rewrite (Mul a (Pow a p)) (Pow a (+ p (rational 1 1))))
(rewrite (Mul (Pow a p) a) (Pow a (+ p (rational 1 1))))
(rewrite (Mul (Pow a p) (Pow a q)) (Pow a (+ p q)))
(rewrite (Had a a) (EPow a (rational 2 1)))
(rewrite (Had a (EPow a p)) (EPow a (+ p (rational 1 1))))
(rewrite (Had (EPow a p) (EPow a q)) (EPow a (+ p q)))
(rewrite (Pow a (rational 1 1)) a)
(rewrite (EPow a (rational 1 1)) a)
(rewrite (Pow a (rational 0 1)) (Num (rational 1 1)) :when ((= "1" (rows a)) (= "1" (cols a))))
(rewrite (EPow a (rational 0 1)) (Ones m n) :when ((= m (rows a)) (= n (cols a))))

(rewrite (Scale (Num (rational -1 1)) a) (Neg a) :ruleset finish)
(rewrite (Add a (Neg b)) (Sub a b) :ruleset finish)
(rewrite (Scale (Pow c (rational -1 1)) a) (Div a c) :ruleset finish)
(rewrite (Had (EPow b (rational -1 1)) a) (EDiv a b) :ruleset finish)
"""


def _function_shapes() -> list[str]:
    """The shapes of function values, for the functions of the table."""
    found = [
        f'(rule ((= e (F1 "{f}" a))) ((set (rows e) "1") (set (cols e) "1")))'
        for f in ("tr", "sum", "mean", "det", "logdet", "norm1", "norm2", "logsumexp")
    ]
    found += [
        f'(rule ((= e (F1 "{f}" a)) (= m (rows a)) (= n (cols a)))'
        " ((set (rows e) m) (set (cols e) n)))"
        for f in "exp log sqrt abs sign sin cos tan sinh cosh tanh sigmoid softplus relu".split()
    ]
    return [
        *found,
        '(rule ((= e (F1 "diag" a)) (= m (rows a)) (= "1" (cols a)))'
        " ((set (rows e) m) (set (cols e) m)))",
        '(rule ((= e (F1 "diag" a)) (= m (rows a)) (= m (cols a)) (!= m "1"))'
        ' ((set (rows e) m) (set (cols e) "1")))',
    ]
