"""Closed forms as the backward steps of JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matcalc.codegen.autograd import Steps, unasked

Values = dict[str, Any]


def _plain(values: Values) -> Values:
    """The values alone of what JAX says with them."""
    return {n: v.value for n, v in values.items()}


def _require_asked(rest: Values) -> None:
    """Refuses a derivative by what is not in wrt; a zero would be wrong."""
    wrong = [n for n, v in rest.items() if v.perturbed]
    if wrong:
        raise unasked(wrong)


def function_of(steps: Steps) -> Callable[[Values], Any]:
    """From values by name to the value of the function, differentiable by JAX."""
    value = _array(steps) if not steps.has_gradient else _scalar(steps)

    def function(values: Values) -> Any:
        moving = {n: values[n] for n in steps.moving if n in values}
        if len(moving) < len(steps.moving):
            return steps.value(values)  # which says what is missing
        arrays = {n: v for n, v in values.items() if n not in moving and steps.is_array(v)}
        others = {n: v for n, v in values.items() if n not in moving and n not in arrays}
        return value(moving, arrays, others)

    return function


def _scalar(steps: Steps) -> Callable[[Values, Values, Values], Any]:
    gradients = _gradients(steps) if steps.has_product else None

    def function(moving: Values, rest: Values, others: Values) -> Any:
        import jax

        @jax.custom_vjp
        def value(moving: Values, rest: Values) -> Any:
            return steps.value({**others, **rest, **moving})

        def forward(moving: Values, rest: Values) -> Any:
            _require_asked(rest)
            moving, rest = _plain(moving), _plain(rest)
            if gradients is not None:
                found = gradients(moving, rest, others)
                return steps.value({**others, **rest, **moving}), found
            return steps.both({**others, **rest, **moving})

        def backward(found: Any, upstream: Any) -> Any:
            scaled = {n: upstream * g for n, g in zip(steps.moving, found, strict=True)}
            return scaled, None

        value.defvjp(forward, backward, symbolic_zeros=True)
        return value(moving, rest)

    return function


def _gradients(steps: Steps) -> Callable[[Values, Values, Values], Any]:
    """The gradients, whose derivative is the product with the Hessian."""
    return _with_product(steps, lambda v: steps.both(v)[1], lambda v, w: steps.hvp(v, list(w)))


def _array(steps: Steps) -> Callable[[Values, Values, Values], Any]:
    """An array, whose derivative is the product u : dF."""
    return _with_product(steps, steps.value, steps.vjp)


def _with_product(
    steps: Steps, of: Callable[[Values], Any], product: Callable[[Values, Any], list[Any]]
) -> Callable[[Values, Values, Values], Any]:
    """What `of` gives, whose backward step is a product with what comes from above."""

    def function(moving: Values, rest: Values, others: Values) -> Any:
        import jax

        @jax.custom_vjp
        def value(moving: Values, rest: Values) -> Any:
            return of({**others, **rest, **moving})

        def forward(moving: Values, rest: Values) -> Any:
            _require_asked(rest)
            moving, rest = _plain(moving), _plain(rest)
            return value(moving, rest), (moving, rest)

        def backward(given: Any, above: Any) -> Any:
            moving, rest = given
            found = product({**others, **rest, **moving}, above)
            return dict(zip(steps.moving, found, strict=True)), None

        value.defvjp(forward, backward, symbolic_zeros=True)
        return value(moving, rest)

    return function
