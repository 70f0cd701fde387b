"""An answer as one JSON object: `matcalc derive --json`.

Of one variable the object has `input, wrt, where, kind, result, latex, index, steps, conditions,
verified`. Of several it has `input, wrt, where, kind, steps, conditions, verified` (of the whole)
and `results`, which maps each variable to an object of the first form. `where` holds declarations
in which `result` parses back; `wrt` of several variables is "W, X"; `index` is null where there is
no index notation; `layout` says what the rows and columns of Jacobians and Hessians belong to, and
is not there for gradients; `verified` is null if verification was not asked for. An answer that
could not be tried has `verified.method` "not verified", one with `verified.ok` false otherwise is
wrong.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, TextIO

from matcalc.errors import MatcalcError
from matcalc.repl.console import has_unicode
from matcalc.repl.report import has_failed

if TYPE_CHECKING:
    from matcalc.answer import Derivation, Derivations
    from matcalc.checking import Check
    from matcalc.derivation.rule import Rule
    from matcalc.derivation.step import Step
    from matcalc.numeric.trials import Verification


def json_text(data: dict[str, Any], stream: TextIO) -> str:
    """JSON that the stream can encode."""
    plain = not has_unicode(stream)
    text = json.dumps(data, indent=2, ensure_ascii=plain, allow_nan=False)
    if any("\ud800" <= c <= "\udfff" for c in text):  # bytes of an argument that were no text
        return json.dumps(data, indent=2, allow_nan=False)
    return text


def answer_document(answer: Derivation | Derivations) -> dict[str, Any]:
    """The object of an answer."""
    if len(answer.results) == 1:
        return _single(next(iter(answer.results.values())))
    return {
        **_head(answer),
        "steps": [_step(s) for s in answer.steps],
        "conditions": list(answer.conditions),
        "verified": _verified(answer.verification),
        "results": {name: _single(d) for name, d in answer.results.items()},
    }


def _head(answer: Any) -> dict[str, Any]:
    return {
        "input": answer.input,
        "wrt": answer.wrt,
        "where": answer.where,
        "kind": answer.kind,
    }


def _single(d: Derivation) -> dict[str, Any]:
    failed = has_failed(d)  # then no answer is shown as if it were good
    layout = {} if d.layout is None else {"layout": d.layout}
    return {
        **_head(d),
        "result": None if failed else str(d.result),
        "latex": None if failed else d.result.latex(),
        "index": None if failed else _index(d),
        **layout,
        "steps": [_step(s) for s in d.steps],
        "conditions": list(d.conditions),
        "verified": _verified(d.verification),
    }


def _index(d: Derivation) -> str | None:
    """Index notation; null for what has none."""
    try:
        return str(d.index())
    except MatcalcError:
        return None


def _step(step: Step) -> dict[str, Any]:
    """One line; `names` are those that it introduces, with their values."""
    return {
        "left": step.left,
        "expression": str(step.expression),
        "latex": step.latex(),
        "identities": [_identity(r) for r in step.identities],
        "names": {n.name: str(n.value) for n in step.names},
    }


def _identity(rule: Rule) -> dict[str, str]:
    return {
        "name": rule.name,
        "statement": rule.statement,
        "latex": rule.latex,
        "source": rule.source,
    }


def _verified(v: Verification | None) -> dict[str, Any] | None:
    if v is None:
        return None
    error = float(v.error) if math.isfinite(v.error) else None
    return {"ok": bool(v.ok), "error": error, "method": v.method, "trials": v.trials}


def check_document(found: Check, text: str, wrt: str, answer: str) -> dict[str, Any]:
    """The object of a checked answer; `right` is the engine's own."""
    return {
        "input": text,
        "wrt": wrt,
        "answer": answer,
        "ok": found.ok,
        "verdict": found.verdict,
        "repair": found.repair,
        "message": found.message,
        "right": str(found.right),
    }
