"""Compiled functions as parts of a model that PyTorch or JAX differentiates.

The library's backward step is our closed form: the gradient, or of an array's function the
product with the transposed Jacobian. The next is the product with the Hessian, if asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from matcalc.codegen.compiled import Compiled
from matcalc.codegen.targets import runtime_of
from matcalc.errors import NotSupportedError

LIBRARIES = ("torch", "jax")


class Steps:
    """What differentiation needs of a compiled function: its outputs, each as a function by name.

    moving: the variables that it is differentiated by.
    """

    def __init__(self, compiled: Compiled):
        request = compiled.request
        asked = {o.name: o for o in request.outputs}
        if "value" not in asked or not ({"gradient", "vjp"} & set(asked)):
            raise NotSupportedError(
                f"autograd of a function of {', '.join(asked)}",
                hint="ask for value and gradient, or value and vjp; for two steps hvp, too",
            )
        if any("complex" in v.facts for v in request.positional):
            raise NotSupportedError("autograd by complex variables")
        self.compiled = compiled
        self.moving = [v.name for v in request.positional]
        if set(self.moving) & set(request.fixed):
            raise NotSupportedError("autograd by variables that are fixed")
        self.has_gradient = "gradient" in asked
        self.has_product = "hvp" in asked

        def only(*names: str) -> Callable[..., Any]:
            outputs = tuple(asked[n] for n in names)
            used = {"vjp": "u", "hvp": "v"}.get(names[0])
            directions = tuple(d for d in request.directions if d.keyword == used)
            return Compiled(replace(request, outputs=outputs, directions=directions, bare=False))

        self.is_array = runtime_of(request.backend).is_array
        self._value = only("value")
        self._both = only("value", "gradient") if self.has_gradient else None
        self._vjp = None if self.has_gradient else only("vjp")
        self._hvp = only("hvp") if self.has_product else None
        self._single = asked["gradient" if self.has_gradient else "vjp"].single

    def value(self, values: Mapping[str, Any]) -> Any:
        return self._value(**values)[0]

    def both(self, values: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        """The value, and the gradients by the moving variables."""
        assert self._both is not None
        value, gradient = self._both(**values)
        return value, self._apart(gradient)

    def vjp(self, values: Mapping[str, Any], u: Any) -> list[Any]:
        assert self._vjp is not None
        return self._apart(self._vjp(**values, u=u)[0])

    def hvp(self, values: Mapping[str, Any], v: list[Any]) -> list[Any]:
        """The derivatives of the sum of G : v over all gradients G."""
        assert self._hvp is not None
        return self._apart(self._hvp(**values, v=v[0] if self._single else tuple(v))[0])

    def _apart(self, found: Any) -> list[Any]:
        return [found] if self._single else list(found)


def unasked(names: list[str]) -> NotSupportedError:
    """The error for a derivative that has no closed form here."""
    text = ", ".join(names)
    return NotSupportedError(f"autograd by {text}", hint=f"compile the function with {text} in wrt")


def differentiable(compiled: Compiled) -> Callable[..., Any]:
    """The value as a function that the target's library differentiates by our closed forms."""
    backend = compiled.request.backend
    if backend not in LIBRARIES:
        raise NotSupportedError(f"autograd in code for {backend}")
    steps = Steps(compiled)
    made: Callable[[Steps], Callable[..., Any]]
    made = import_module(f"matcalc.codegen.{backend}_autograd").function_of
    of_values = made(steps)

    def function(*positional: Any, **named: Any) -> Any:
        return of_values(compiled.gathered(positional, named))

    return function
