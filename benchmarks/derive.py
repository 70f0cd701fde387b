"""Time to derive: matcalc and SymPy side by side.

    python benchmarks/derive.py

Prints, in one run: the time to derive over the corpus, the cold start of the command, the time
for losses of many layers by all their weights and their second derivatives, for networks whose
layers use a value again, and for traces of products of many factors. matcalc is timed from the text
to the closed form, without verification unless said otherwise; SymPy from its expression tree to
its derivative, without its import. Each part of SymPy's scaling runs in a process of its own with a
time limit. A case of the corpus counts for SymPy only where both answered; its answers are not
checked here. Times are medians unless said otherwise.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from networks import NETWORKS, network

import matcalc as mc
from matcalc.expr.nodes import postorder, symbols

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 5.0  # seconds for an attempt of SymPy

LAYERS = (1, 3, 10, 32, 100, 320, 1000)
AGAIN = (1, 32, 1000)
DEEP = (2, 10, 50, 200)
FACTORS = (2, 4, 8, 16, 32, 64)


# The inputs


def corpus() -> list[dict]:
    """The first derivatives of the corpus."""
    place = ROOT / "tests" / "corpus" / "check.py"
    spec = importlib.util.spec_from_file_location("corpus_check", place)
    assert spec is not None and spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    return [c for c in check.load() if c.get("order", 1) == 1]


def layered_text(count: int) -> tuple[str, str, list[str]]:
    """norm2(W_L*tanh(...*tanh(W_1*x)) - y)^2: the text, its declarations, the weights."""
    weights = [f"W_{k}" for k in range(1, count + 1)]
    hidden = "x"
    for w in weights[:-1]:
        hidden = f"tanh({w}*{hidden})"
    where = f"{', '.join(weights)} in R[n,n]; x, y in R[n]"
    return f"norm2({weights[-1]}*{hidden} - y)^2", where, weights


def layered(count: int):
    """The same loss, built with Python's operators, and its weights."""
    weights = [mc.matrices(f"W_{k}[n,n]") for k in range(1, count + 1)]
    x, y = mc.vectors("x[n] y[n]")
    hidden = x
    for w in weights[:-1]:
        hidden = mc.tanh(w @ hidden)
    return mc.norm2(weights[-1] @ hidden - y) ** 2, weights


def trace_of_factors(count: int):
    """tr(A_1*X*A_2*X*...) of `count` factors, and X."""
    x = mc.matrices("X[n,n]")
    product = None
    for k in range(1, count // 2 + 1):
        a = mc.matrices(f"A_{k}[n,n]")
        product = a @ x if product is None else product @ a @ x
    return mc.tr(product), x


# Timing


def timed(action: Callable[[], object]) -> float:
    """Seconds of one call, without the collector's pauses."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    try:
        action()
        return time.perf_counter() - start
    finally:
        gc.enable()


def typical(action: Callable[[], object], rounds: int = 5, budget: float = 5.0) -> float:
    """The median of some calls; fewer of a slow one."""
    times = [timed(action)]
    while len(times) < rounds and sum(times) < budget:
        times.append(timed(action))
    return statistics.median(times)


def ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def row(*cells: object) -> None:
    print("".join(f"{c!s:>18}" for c in cells), flush=True)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """TimeoutError if the block takes longer."""

    def ring(number, frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# The corpus


def derive_case(case: dict) -> object:
    return mc.derive(
        case["expr"],
        case["wrt"],
        case["where"],
        convention=case.get("convention", "projected"),
        verify=False,
    )


def time_corpus(rounds: int) -> None:
    answered = []
    for case in corpus():
        try:
            derive_case(case)
        except mc.MatcalcError:
            continue
        answered.append(case)
    mine = {c["id"]: typical(partial(derive_case, c), rounds) for c in answered}
    theirs = {c["id"]: s for c in answered if (s := sympy_on(c, rounds)) is not None}
    both = [i for i in mine if i in theirs]
    print(f"Corpus: {len(mine)} first derivatives that matcalc answers, {len(both)} that both do")
    row("", "cases", "median", "worst", "worst case")
    _corpus_row("matcalc", mine, list(mine))
    _corpus_row("matcalc", mine, both)
    _corpus_row("SymPy", theirs, both)
    print()


def _corpus_row(name: str, times: dict[str, float], cases: list[str]) -> None:
    if cases:
        worst = max(cases, key=times.__getitem__)
        median = statistics.median(times[i] for i in cases)
        row(name, len(cases), ms(median), ms(times[worst]), worst)


def sympy_on(case: dict, rounds: int) -> float | None:
    """SymPy's time on a case by its faster route; None where it has no answer."""
    from sympy.core.cache import clear_cache
    from sympy_side import ROUTES, gradient, to_sympy

    f = mc.parse(case["expr"], case["where"])
    variable = next((s for s in symbols(f) if s.name == case["wrt"]), None)
    if variable is None or variable.set.name not in ("R", "R+"):
        return None  # SymPy knows no structured variables
    times = []
    for route in ROUTES:
        taken = []
        try:
            for _ in range(rounds):
                clear_cache()
                with alarm(LIMIT):
                    start = time.perf_counter()
                    tree, x = to_sympy(f, route), to_sympy(variable)
                    found = gradient(tree, x)
                    taken.append(time.perf_counter() - start)
                if found is None:
                    break
            else:
                times.append(statistics.median(taken))
        except Exception:  # CannotExpress, TimeoutError, and the many ways in which SymPy fails
            continue
    return min(times, default=None)


# The command


def time_command(rounds: int) -> None:
    command = [sys.executable, "-m", "matcalc"]
    script = Path(sys.executable).with_name("matcalc")
    if script.exists():
        command = [str(script)]
    problem = ["derive", "norm2(A*X - B)^2", "--wrt", "X"]
    print('Cold start: matcalc derive "norm2(A*X - B)^2" --wrt X')
    row("", "processes", "best", "median")
    with tempfile.TemporaryDirectory() as elsewhere:
        for name, arguments in (
            ("Python alone", [sys.executable, "-c", "pass"]),
            ("import matcalc", [sys.executable, "-c", "import matcalc"]),
            ("not verified", [*command, *problem, "--no-verify"]),
            ("verified", [*command, *problem]),
            ("import sympy", [sys.executable, "-c", "import sympy"]),
        ):
            times = []
            for _ in range(rounds):
                start = time.perf_counter()
                subprocess.run(arguments, cwd=elsewhere, check=True, capture_output=True)
                times.append(time.perf_counter() - start)
            row(name, rounds, ms(min(times)), ms(statistics.median(times)))
    print()


# Growth


def time_layers(rounds: int, with_sympy: bool) -> None:
    print("Losses of L layers by all weights")
    row("L", "built in Python", "from text", "parsing alone", "SymPy")
    more = with_sympy
    for count in LAYERS:
        f, weights = layered(count)
        text, where, names = layered_text(count)
        theirs = sympy_apart("layers", count) if more else "–"
        more = theirs[0].isdigit()
        row(
            count,
            ms(typical(partial(mc.derive, f, weights, verify=False), rounds)),
            ms(typical(partial(mc.derive, text, names, where, verify=False), rounds)),
            ms(typical(partial(mc.parse, text, where), rounds)),
            theirs,
        )
    print()


def time_networks(rounds: int) -> None:
    print("Networks of L layers by all variables; L = 32 verified, too")
    row("layer", *(f"L = {count}" for count in AGAIN), "verified")

    def derive(name: str, count: int, verify: bool = False):
        f = network(name, count)
        return mc.derive(f, symbols(f), verify=verify)

    for name in NETWORKS:
        cells = [ms(typical(partial(derive, name, count), rounds)) for count in AGAIN]
        row(name, *cells, ms(timed(partial(derive, name, 32, verify=True))))
    print()


def time_second_order(rounds: int) -> None:
    print("Second order: the loss of L layers by its first weight, W_1")
    row("L", "Hessian times dW", "distinct nodes", "Hessian", "distinct nodes")
    for count in DEEP:
        f, (w, *_) = layered(count)

        def product(f=f, w=w):
            return mc.differential(mc.gradient(f, w), w)

        def hessian(f=f, w=w):
            return mc.derive(f, w, order=2, verify=False).result

        cells = [ms(typical(product, rounds)), size(product())]
        if count <= 50:
            cells += [ms(typical(hessian, rounds)), size(hessian())]
        row(count, *cells)
    f, (w, *_) = layered(10)
    print(f"L = 10, verified with its lines: {ms(timed(partial(mc.derive, f, w, order=2)))}")
    print()


def size(e) -> int:
    return sum(1 for _ in postorder(e))


def time_factors(rounds: int, with_sympy: bool) -> None:
    print("tr(A_1*X*A_2*X*...) of k factors by X")
    row("k", "matcalc", "SymPy")
    more = with_sympy
    for count in FACTORS:
        f, x = trace_of_factors(count)
        theirs = sympy_apart("factors", count) if more else "–"
        more = theirs[0].isdigit()
        row(count, ms(typical(partial(mc.derive, f, x, verify=False), rounds)), theirs)
    print()


def sympy_apart(what: str, count: int) -> str:
    """SymPy's time in a process of its own, or why there is none."""
    arguments = [sys.executable, __file__, "--sympy", what, str(count)]
    late = f"over {LIMIT:.0f} s"
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=4 * LIMIT)
    except subprocess.TimeoutExpired:
        return late
    if done.returncode == 0:
        return ms(float(done.stdout))
    return late if done.returncode == 2 else "no answer"


def sympy_here(what: str, count: int) -> int:
    """What `sympy_apart` runs: prints the seconds; status 1 for no answer, 2 for no time."""
    from sympy.core.cache import clear_cache
    from sympy_side import gradient, to_sympy

    def problem(count: int):
        if what == "layers":
            f, variables = layered(count)
            return to_sympy(f, "product"), [to_sympy(v) for v in variables]
        f, x = trace_of_factors(count)
        return to_sympy(f), [to_sympy(x)]

    tree, wrt = problem(2 if what == "factors" else 1)
    gradient(tree, wrt[0])  # loads what SymPy loads late
    clear_cache()
    tree, wrt = problem(count)
    try:
        with alarm(LIMIT):
            start = time.perf_counter()
            found = [gradient(tree, v) for v in wrt]
            seconds = time.perf_counter() - start
    except TimeoutError:
        return 2
    if any(g is None for g in found):
        return 1
    print(seconds)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="calls per figure")
    parser.add_argument("--no-sympy", action="store_true", help="leave SymPy's scaling out")
    parser.add_argument("--sympy", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sympy:
        return sympy_here(options.sympy[0], int(options.sympy[1]))
    time_corpus(options.rounds)
    time_command(2 * options.rounds)
    time_layers(options.rounds, not options.no_sympy)
    time_networks(options.rounds)
    time_second_order(options.rounds)
    time_factors(options.rounds, not options.no_sympy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
