"""Check my answer: is a person's own gradient right?"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.answer import Derivation
from matcalc.calculus.structured import CONVENTIONS, has_structure
from matcalc.errors import DomainError
from matcalc.expr import build
from matcalc.expr.nodes import Expr


@dataclass(frozen=True)
class Check:
    """The verdict on an answer; true only if right.

    verdict: "right", "transposed", "other-convention" or "wrong". repair: the edit that makes it
    right, if one was found. message: one sentence for a reader. right: the engine's own answer.
    """

    ok: bool
    verdict: str
    repair: str | None
    message: str
    right: Expr
    line: int | None = None

    def __bool__(self) -> bool:
        return self.ok


def check_answer(d: Derivation, answer: Expr, seed: int = 0) -> Check:
    """The verdict on `answer` as the gradient that d derived.

    The verdict rests on slopes of the function; the engine's own answer is quoted only if it
    passed the same test.
    """
    if d.verification is not None and not d.verification.ok:
        raise DomainError(f"the gradient could not be verified: {d.verification.message}")
    x, convention = d.variable, d.problem.convention
    if _holds(d, answer, convention, seed):
        return Check(True, "right", None, f"right: {answer} is the gradient", d.result)
    if answer.shape == x.shape[::-1] and not answer.is_scalar:
        flipped = build.transpose(answer)
        if _holds(d, flipped, convention, seed):
            return Check(
                False,
                "transposed",
                str(flipped),
                f"right up to layout: the gradient has the shape of {x.name}, so transpose it:"
                f" {flipped}",
                d.result,
            )
    for other in CONVENTIONS:
        if other != convention and has_structure(x) and _holds(d, answer, other, seed):
            return Check(
                False,
                "other-convention",
                str(d.result),
                f"right in the convention {other}; in {convention} it is {d.result}",
                d.result,
            )
    return Check(False, "wrong", None, f"wrong: the gradient is {d.result}", d.result)


def _holds(d: Derivation, answer: Expr, convention: str, seed: int) -> bool:
    from matcalc.numeric.verify import verify_gradient

    found = verify_gradient(
        d.problem.function, d.variable, answer, convention=convention, seed=seed
    )
    if found.method == "not verified":
        raise DomainError(f"the answer cannot be checked: {found.message}")
    return found.ok
