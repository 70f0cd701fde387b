"""A program as source text: what targets have in common. The syntax is Python's unless a target
says otherwise.

A target gives a text and its precedence for each operation. What is used once is written in place,
if that stays short; all else gets a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from matcalc.codegen.names import RESERVED, Names
from matcalc.codegen.program import Op, Program
from matcalc.errors import NotSupportedError
from matcalc.expr.sizes import AnySize, Shape, names_of

SUM, MATMUL, TIMES, SIGN, POWER, ATOM = range(6)  # precedences
LONGEST = 64  # characters of what is written in place

Text = tuple[str, int]


@dataclass
class Parameter:
    """A parameter of the generated function.

    kind: "array", "size", or "function"; `key` is what it stands for.
    """

    kind: str
    key: Any
    name: str


@dataclass
class Source:
    """Generated code: the text, the name of its function, and its parameters in order."""

    text: str
    function: str
    parameters: list[Parameter]
    outputs: list[str]


class Emitter:
    """Writes a program as a Python function; targets are subclasses."""

    target: ClassVar[str] = ""
    dtype: str = "float64"
    tiny: bool = False  # whether calls cost more than their work
    blocks: bool = False  # whether products may be done in blocks of rows
    inplace: bool = False  # whether results may take the place of large temporaries
    lent: Mapping[str, Collection[str]] = {}  # inputs that an output may be views of, by output
    modules: ClassVar[Mapping[str, str]] = {}  # how to import what a text uses, by name
    rules: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    helpers: ClassVar[Mapping[str, str]] = {}  # definitions by name
    of_complex: ClassVar[Mapping[str, str]] = {}  # those that are others of complex numbers
    symmetric: ClassVar[Mapping[str, str]] = {}  # of functions for symmetric arguments only
    wishes: ClassVar[Mapping[str, str]] = {}  # names of intermediates by operation
    reserved: ClassVar[frozenset[str]] = RESERVED  # what no name may be
    ascii: ClassVar[bool] = False  # whether names have letters of ASCII only
    mark: ClassVar[str] = "#"  # of a comment
    raised: ClassVar[str] = "**"  # to a power, of sizes
    shapes: Mapping[str, Shape] = {}  # of the declared variables

    def __init__(self, program: Program, function: str, comments: Sequence[str] = ()):
        self.program = program
        self.comments = comments
        defined = (*self.helpers.values(), *self.symmetric.values(), *self.of_complex.values())
        taken = {*self.modules, *map(defined_name, defined)}
        self.names = Names(taken, self.reserved, self.ascii)
        self.function = self.names.fresh(function)
        self.used: dict[str, str] = {}  # helper definitions that the text needs
        self.imports: dict[str, None] = {}  # and imports that these need
        self.text: dict[Op, Text] = {}
        self.sizes: set[str] = set()
        self.uses: Counter[Op] = Counter()

    def source(self, inputs: Sequence[tuple[str, Any]]) -> Source:
        """The code; `inputs` are (name, shape of the declared variable) in order."""
        ops = list(self.program.order())
        parameters = [
            Parameter("array", name, self.names.of(("input", name), name)) for name, _ in inputs
        ]
        for op in ops:
            if op.kind == "abstract":
                key, wish = abstract_key(op)
                name = self.names.of(key, wish)
                if not any(p.key == key for p in parameters):
                    parameters.append(Parameter("function", key, name))
        for name in self.program.outputs:
            self.names.of(("output", name), name)
        lines = self._body(ops)
        given, missing = self._size_lines(inputs)
        parameters += [Parameter("size", n, self.size_name(n)) for n in missing]
        body = [*(f"{self.mark} {c}" for c in self.comments), *given, *lines]
        text = "\n".join(self.layout([p.name for p in parameters], body)).strip("\n") + "\n"
        return Source(text, self.function, parameters, [*self.program.outputs])

    @property
    def is_complex(self) -> bool:
        return self.dtype.startswith("complex")

    # The syntax

    def layout(self, parameters: list[str], body: list[str]) -> list[str]:
        """All lines of the code: the function, and what it needs."""
        head = f"def {self.function}({', '.join(parameters)}):"
        return [*self._preamble(body), head, *("    " + line for line in body)]

    def assignment(self, name: str, text: str) -> str:
        return f"{name} = {text}"

    def ending(self, results: list[str]) -> list[str]:
        """The lines that give the results back."""
        return [f"return {', '.join(results)}"]

    def extent(self, array: str, axis: int) -> str:
        return f"{array}.shape[{axis}]"

    def divided(self, size: str, by: int) -> str:
        return f"({size})//{by}"

    def _body(self, ops: list[Op]) -> list[str]:
        outputs = {op: name for name, op in reversed(self.program.outputs.items())}
        uses = self.uses = Counter(a for op in ops for a in op.args)
        uses.update(self.program.outputs.values())
        several = len(self.program.outputs) > 1
        lines = []
        for op in ops:
            text, level = self.write(op)
            inline = self.inline(op) or (
                uses[op] == 1 and len(text) <= LONGEST and op not in outputs
            )
            if op in outputs and not several and uses[op] == 1:
                self.text[op] = text, level
                continue
            if not inline:
                wish = outputs.get(op) or self.program.names.get(op) or self._wish(op)
                key = ("output", wish) if op in outputs else ("op", op)
                name = self.names.of(key, wish)
                lines.append(self.assignment(name, text))
                text, level = name, ATOM
            self.text[op] = text, level
        results = [self.result(op, name) for name, op in self.program.outputs.items()]
        return [*lines, *self.ending(results)]

    def inline(self, op: Op) -> bool:
        """Whether an operation is so cheap that it never gets a name."""
        return op.kind in ("input", "number", "constant", "size", "T", "column") and not (
            op.kind in ("T", "column") and op.args[0].kind not in ("input", "T", "column")
            and self.text[op.args[0]][1] != ATOM
        )  # fmt: skip

    def _wish(self, op: Op) -> str:
        wish = self.wishes.get(op.kind)
        if wish is None and op.kind == "call":
            wish = self.wishes.get(op.data.name)
        return wish or ("c", "z", "M")[min(len(op.axes), 2)]

    def result(self, op: Op, name: str) -> str:
        """The text of an output of this name."""
        return self.text[op][0]

    # Pieces

    def write(self, op: Op) -> Text:
        rule = self.rules.get(op.kind)
        if rule is None:
            what = op.data[0].name if op.kind in ("record", "call") else op.kind
            raise NotSupportedError(f"{what} in code for {self.target}")
        found = rule(self, op, *op.args)
        return found if isinstance(found, tuple) else (found, ATOM)

    def part(self, op: Op, level: int = ATOM) -> str:
        """The text of an operand, in parentheses where it binds less."""
        text, own = self.text[op]
        return text if own >= level else f"({text})"

    def bare(self, op: Op) -> str:
        """The text of an operand that stands between commas or brackets."""
        return self.text[op][0]

    def helper(self, name: str) -> str:
        """The name of a function of the preamble, which is then defined there."""
        text = self.definition(name)
        self.used.setdefault(name, text)
        return defined_name(text)

    def defines(self, name: str) -> bool:
        """Whether there is a function of the preamble for a function of the library."""
        return name in self.helpers or (self.is_complex and name in self.of_complex)

    def definition(self, name: str) -> str:
        """The text of a function of the preamble."""
        text = self.of_complex.get(name) if self.is_complex else None
        return text or self.helpers[name]

    def helper_call(self, name: str, arguments: Sequence[str]) -> str | None:
        """A call of a helper, if there is one for so many arguments."""
        if self.defines(name) and takes(self.definition(name), len(arguments)):
            return f"{self.helper(name)}({', '.join(arguments)})"
        return None

    def symmetric_call(self, op: Op, arguments: Sequence[str]) -> str | None:
        """A record by its code for a symmetric first argument, where it is known to be one."""
        f, *_, symmetric = op.data
        text = self.symmetric.get(f.name) if symmetric and not self.is_complex else None
        if text is None or not takes(text, len(arguments)):
            return None
        self.used.setdefault(f.name, text)
        return f"{defined_name(text)}({', '.join(arguments)})"

    def size(self, s: AnySize) -> str:
        """A size as an expression."""
        if isinstance(s, int):
            return str(s)
        self.sizes.update(names_of(s))
        bottom = max(c.denominator for _, c in s.terms)
        pieces = []
        for monomial, c in s.terms:
            factors = [
                self.size_name(n) + (f"{self.raised}{p}" if p > 1 else "") for n, p in monomial
            ]
            whole = int(c * bottom)
            if whole != 1 or not factors:
                factors.insert(0, str(whole))
            pieces.append("*".join(factors))
        text = " + ".join(pieces).replace("+ -", "- ")
        return self.divided(text, bottom) if bottom > 1 else text

    def size_name(self, name: str) -> str:
        return self.names.of(("size", name), name)

    def axes(self, axes: Sequence[AnySize]) -> str:
        inner = ", ".join(map(self.size, axes))
        return f"({inner},)" if len(axes) == 1 else f"({inner})"

    def _size_lines(self, inputs: Sequence[tuple[str, Any]]) -> tuple[list[str], list[str]]:
        """Lines that take sizes from arrays, and the sizes that no array has."""
        wanted = set(self.sizes)
        lines = []
        for name, axes in inputs:
            array = self.names.of(("input", name), name)
            for k, s in enumerate(axes):
                if not isinstance(s, int) and str(s) in wanted & set(names_of(s)):
                    wanted.discard(str(s))
                    extent = self.extent(array, k)
                    lines.append(self.assignment(self.size_name(str(s)), extent))
        return lines, sorted(wanted)

    def _preamble(self, body: list[str]) -> list[str]:
        definitions = list(self.used.values())
        everything = "\n".join([*definitions, *body])
        lines = [
            line for name, line in self.modules.items()
            if re.search(rf"(?<![\w.]){name}\b\.", everything)
        ]  # fmt: skip
        lines += [line for line in self.imports if line not in lines]
        lines.append("")
        for text in definitions:
            lines += ["", *text.strip("\n").split("\n"), ""]
        return [*lines, ""]


def joined(*texts: str) -> str:
    """Several texts in Python as one: imports first, and what several define once."""
    blocks = [block.strip("\n") for text in texts for block in text.split("\n\n\n")]
    imports = [block for block in blocks if block.startswith(("import ", "from "))]
    lines = dict.fromkeys(line for block in imports for line in block.split("\n"))
    rest = dict.fromkeys(block for block in blocks if block not in imports)
    first = ["\n".join(lines)] if lines else []
    return "\n\n\n".join([*first, *rest]) + "\n"


# Rules that several targets have


def helped(name: str) -> Callable[..., str]:
    """A rule that calls a helper."""

    def rule(s: Emitter, op: Op, *args: Op) -> str:
        return f"{s.helper(name)}({', '.join(map(s.bare, args))})"

    return rule


def log_determinant(s: Emitter, op: Op, a: Op) -> str:
    """log(det(A)); of Hermitian matrices, and of abs(det(A)), it is a real number."""
    return f"{s.helper(op.data or 'logdet')}({s.bare(a)})"


def summed_products(function: str, axis: str = "") -> Callable[..., str]:
    """A rule that adds up the products of the entries of two arrays."""

    def rule(s: Emitter, op: Op, a: Op, b: Op) -> str:
        return f"{function}({s.part(a, TIMES)}*{s.part(b, SIGN)}{axis})"

    return rule


def double_star(s: Emitter, op: Op, a: Op, b: Op) -> Text:
    base = f"float({s.bare(a)})" if a.kind in ("number", "size") else s.part(a)
    return f"{base}**{s.part(b, POWER)}", POWER


def defined_name(text: str) -> str:
    """The name of the function that a text defines."""
    found = re.search(r"(?:def|function) (?:[^\n(]* = )?(\w+)\(", text)
    assert found is not None
    return found[1]


def takes(text: str, count: int) -> bool:
    """Whether the function that a text defines can be called with so many arguments."""
    inside = text[text.index(f"{defined_name(text)}(") :].partition("(")[2].partition(")")[0]
    parameters = [p for p in inside.split(",") if p]
    needed = [p for p in parameters if "=" not in p]
    return len(needed) <= count <= len(parameters)


def abstract_key(op: Op) -> tuple[tuple, str]:
    """What identifies an abstract function or a derivative of it, and a name for it."""
    base, by, _ = op.data
    which = "".join(f"_{k + 1}" for k in by) if len(base.domains) > 1 else ""
    word = f"d{len(by) if len(by) > 1 else ''}_" if by else ""
    return ("abstract", base, by), f"{word}{base.name}{which}"


def given_call(s: Any, op: Op, args: Sequence[Op], row: Callable[[Op], str]) -> str:
    """A call of a given function, which takes arrays of the declared shapes, rows too.

    One of a number is put to arrays entry by entry.
    """
    base, _, shapes = op.data
    name = s.names.of(*abstract_key(op))
    if base.of_number and op.axes:
        return s.by_entries(name, s.bare(args[0]))
    given = [
        row(a) if own[0] == 1 and own[1] != 1 else s.bare(a)
        for a, own in zip(args, shapes, strict=True)
    ]
    return f"{name}({', '.join(given)})"


def number_text(value: Any) -> Text:
    """A number: exact where it is short."""
    if isinstance(value, Fraction):
        if value.denominator == 1 and abs(value) < 10**15:
            return str(value), ATOM if value >= 0 else SIGN
        if abs(value.numerator) < 10**6 and value.denominator < 10**6:
            return str(value), TIMES
        try:
            value = float(value)
        except OverflowError:
            return ("math.inf" if value > 0 else "-math.inf"), SIGN
    return repr(value), ATOM if value >= 0 else SIGN
