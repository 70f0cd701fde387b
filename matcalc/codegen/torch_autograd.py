"""Closed forms as the backward steps of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from matcalc.codegen.autograd import Steps, unasked
from matcalc.errors import NotSupportedError


class _Call:
    """A call's steps and the names of its tensors, the moving ones first."""

    def __init__(self, steps: Steps, names: list[str], others: Mapping[str, Any]):
        self.steps, self.names, self.others = steps, names, others
        self.count = len(steps.moving)

    def values(self, tensors: Any) -> dict[str, Any]:
        return {**self.others, **dict(zip(self.names, tensors, strict=True))}

    def require_asked(self, needed: Any) -> None:
        """Refuses a derivative by what is not in wrt; a zero would be wrong."""
        rest = zip(self.names[self.count :], needed[self.count :], strict=True)
        wrong = [n for n, x in rest if x]
        if wrong:
            raise unasked(wrong)


@cache
def _functions() -> tuple[Any, Any]:
    """The functions with backward steps, of scalars and of arrays: PyTorch is imported only now."""
    import torch
    from torch.autograd.function import once_differentiable

    class Scalar(torch.autograd.Function):
        """The value, with the gradients, which the backward step needs, from the same program."""

        generate_vmap_rule = True

        @staticmethod
        def forward(call: _Call, *tensors: Any) -> Any:
            value, gradients = call.steps.both(call.values(tensors))
            return (value, *gradients)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.call, *tensors = inputs
            ctx.call.require_asked(ctx.needs_input_grad[1:])
            ctx.mark_non_differentiable(*output[1:])
            ctx.save_for_backward(*tensors, *output[1:])

        @staticmethod
        def backward(ctx: Any, upstream: Any, *_: Any) -> Any:
            call, n = ctx.call, len(ctx.call.names)
            tensors, gradients = ctx.saved_tensors[:n], ctx.saved_tensors[n:]
            found = Gradients.apply(call, *tensors, *gradients)
            return (None, *(upstream * g for g in found), *[None] * (n - call.count))

    class Gradients(torch.autograd.Function):
        """The gradients of a call, which are known, as functions of its tensors."""

        generate_vmap_rule = True

        @staticmethod
        def forward(call: _Call, *tensors: Any) -> Any:
            return tuple(g.clone() for g in tensors[len(call.names) :])

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.call, *tensors = inputs
            ctx.save_for_backward(*tensors[: len(ctx.call.names)])

        @staticmethod
        def backward(ctx: Any, *v: Any) -> Any:
            call = ctx.call
            if not call.steps.has_product:
                raise NotSupportedError(
                    "a second step of autograd", hint="ask for the output hvp, too"
                )
            found = call.steps.hvp(call.values(ctx.saved_tensors), list(v))
            return (None, *found, *[None] * len(call.names))

    class Array(torch.autograd.Function):
        """The value of an array's function; its backward step is the product u : dF."""

        generate_vmap_rule = True

        @staticmethod
        def forward(call: _Call, *tensors: Any) -> Any:
            return call.steps.value(call.values(tensors))

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.call, *tensors = inputs
            ctx.call.require_asked(ctx.needs_input_grad[1:])
            ctx.save_for_backward(*tensors)

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, u: Any) -> Any:
            call = ctx.call
            found = call.steps.vjp(call.values(ctx.saved_tensors), u)
            return (None, *found, *[None] * (len(call.names) - call.count))

    return Scalar, Array


def function_of(steps: Steps) -> Callable[[dict[str, Any]], Any]:
    """From values by name to the value of the function, differentiable by PyTorch."""

    def function(values: dict[str, Any]) -> Any:
        rest = [n for n, v in values.items() if steps.is_array(v) and n not in steps.moving]
        names = [*steps.moving, *rest]
        others = {n: v for n, v in values.items() if n not in names}
        missing = [n for n in steps.moving if n not in values]
        if missing:
            return steps.value(values)  # which says what is missing
        call = _Call(steps, names, others)
        given = [values[n] for n in names]
        scalar, array = _functions()
        return scalar.apply(call, *given)[0] if steps.has_gradient else array.apply(call, *given)

    return function
