"""A conversation without a terminal: a text goes in, lines come out.

A wrong text changes nothing that was declared before it, and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from matcalc.answer import Derivation, Derivations
from matcalc.elaborate import Elaborated, Scope, elaborate
from matcalc.errors import DeclarationError, MatcalcError, UnknownNameError
from matcalc.expr.nodes import Expr
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import names_of
from matcalc.repl import manual, report
from matcalc.repl.console import fault_text
from matcalc.repl.lines import is_command, joined
from matcalc.syntax import tree
from matcalc.syntax.parser import parse_program
from matcalc.workspace import Workspace

COMMANDS = {
    ":help": ":help [NAME]    this list, or what a name means",
    ":names": ":names          what is declared and defined",
    ":forget": ":forget NAME    take back a declaration or a definition",
    ":clear": ":clear          take back all of them",
    ":steps": ":steps          the last derivation as text; :steps off and :steps on",
    ":latex": ":latex          the last derivation in LaTeX; :latex answer for the answer alone",
    ":facts": ":facts E        what is known of an expression, with the reasons",
    ":quit": ":quit           leave, as Ctrl-D does",
}


@dataclass
class Reply:
    """What to print, in order; why the rest of the text was not run; what an answer was found."""

    lines: list[str] = field(default_factory=list)
    error: str | None = None
    failed: bool = False  # an answer failed verification
    leave: bool = False
    _long: bool = field(default=False, init=False, repr=False)

    def add(self, block: list[str]) -> None:
        """Append what a statement gives, apart from its neighbours if it is more than a line."""
        if not block:
            return
        if self.lines and (len(block) > 1 or self._long):
            self.lines.append("")
        self.lines += block
        self._long = len(block) > 1


class Session:
    """Declarations, definitions and the last answer.

    paper: whether the output can show Unicode. confirm: whether declarations and definitions are
    confirmed.
    """

    def __init__(self, paper: bool = True, confirm: bool = True):
        self.workspace = Workspace()
        self.paper = paper
        self.confirm = confirm
        self.steps = True
        self.last: Derivation | Derivations | Expr | None = None

    def feed(self, text: str) -> Reply:
        """What a line, a block of lines or a command gives."""
        reply = Reply()
        try:
            if is_command(text):
                self._command(text, reply)
            else:
                whole = joined(text)
                for statement in parse_program(whole).statements:
                    reply.add(self._statement(statement, whole, reply))
        except MatcalcError as error:
            reply.error = str(error)
        except Exception as error:
            reply.error = fault_text(error)
        return reply

    def run(self, text: str) -> Iterator[tuple[list[str], bool]]:
        """What the statements of a text give, one by one: lines, and whether an answer was wrong.

        Raises a MatcalcError at the first wrong statement, and before all if the text cannot be
        read.
        """
        reply = Reply()
        for statement in parse_program(text).statements:
            before = len(reply.lines)
            reply.add(self._statement(statement, text, reply))
            yield reply.lines[before:], reply.failed

    # Statements

    def _statement(self, statement: tree.Statement, text: str, reply: Reply) -> list[str]:
        if isinstance(statement, tree.Show):
            return self._show(statement, text)
        if isinstance(statement, tree.Request):
            return self._request(statement, text, reply)
        if isinstance(statement, tree.Definition):
            about = self._define(statement, text)
            return [about] if self.confirm else []
        self.workspace.scope.add(statement, text)
        if not self.confirm:
            return []
        if isinstance(statement, tree.Declaration):
            of = self.workspace.scope.sets[statement.names[0].name]
            return [f"{', '.join(n.name for n in statement.names)} in {of}"]
        return [_one_line(text, statement)]

    def _show(self, statement: tree.Show, text: str) -> list[str]:
        e = self.workspace.elaborate(statement.expression, text)
        self.last = e.expression
        lines = report.expression_lines(e, self.paper)
        word = _one_line(text, statement)
        if word in ("quit", "exit", "help") and word in e.inferred:
            lines.append("commands begin with a colon: :help, :quit")
        return lines

    def _define(self, statement: tree.Definition, text: str) -> str:
        """Take in a definition that means something; its shape.

        One that lacks a declaration is taken in as well: the declaration may follow.
        """
        scope = self.workspace.scope.copy()
        scope.add(statement, text)
        shown = _one_line(text, statement)
        span = statement.name.span
        meant: tree.Expression = tree.Name(statement.name.name, span)
        if statement.parameters is not None:  # of a function: its value at numbers
            meant = tree.Call(meant, statement.parameters, None, span)
            for parameter in statement.parameters:
                scope.declare(parameter.name, make_set("R"))
        try:
            e = elaborate(meant, text, scope)
        except DeclarationError as error:
            about = f"no shape yet: {error.message}"
        else:
            elementwise = statement.parameters is not None
            about = "elementwise" if elementwise else report.kind_text(e.expression)
            if e.inferred:
                about += f" for {', '.join(report.inferred_texts(e.inferred))}"
            about = "; ".join([about, *e.notes])
        self.workspace.scope.add(statement, text)
        return f"{shown}    # {about}"

    def _request(self, request: tree.Request, text: str, reply: Reply) -> list[str]:
        found = self.workspace.request(request, text)
        self.last = found
        if isinstance(found, Expr):
            return self._differential(request, text, found)
        reply.failed = reply.failed or report.has_failed(found)
        return report.answer_lines(found, "differential" if self.steps else "", self.paper)

    def _differential(self, request: tree.Request, text: str, found: Expr) -> list[str]:
        e: Elaborated = self.workspace.elaborate(request.expression, text)
        name = e.subject or _one_line(text, request.expression)
        remarks = report.remark_lines(report.inferred_texts(e.inferred), e.notes)
        return [f"d({name}) = {found}", *remarks]

    # Commands

    def _command(self, text: str, reply: Reply) -> None:
        word, _, argument = text.strip().partition(" ")
        argument = argument.strip()
        if word in (":quit", ":exit", ":q"):
            reply.leave = True
            return
        actions: dict[str, Any] = {
            ":help": self._help,
            ":names": lambda _: list(self.names().values()) or ["nothing is declared"],
            ":forget": self._forget,
            ":clear": self._clear,
            ":steps": self._steps,
            ":latex": self._latex,
            ":facts": self._facts,
        }
        near = [c for c in COMMANDS if c.startswith(word)] if len(word) > 1 else []
        action = actions.get(word) or (actions.get(near[0]) if len(near) == 1 else None)
        if action is None:
            raise UnknownNameError(f"no command {word}", hint=f"commands: {' '.join(COMMANDS)}")
        reply.add(action(argument))

    def _help(self, name: str) -> list[str]:
        if not name:
            return [*COMMANDS.values(), "", *manual.STATEMENTS.split("\n"), "", *manual.overview()]
        known = self.names()
        return [known[name]] if name in known else manual.entry(name)

    def names(self) -> dict[str, str]:
        """What is declared and defined: names with their statements."""
        scope = self.workspace.scope
        found = {name: f"{name} in {of}" for name, of in scope.sets.items()}
        found |= {name: report.signature_text(f) for name, f in scope.functions.items()}
        for d in scope.definitions.values():
            found[d.name] = f"{d.name} = {_one_line(d.text, d.body)}"
        return found

    def _forget(self, argument: str) -> list[str]:
        wanted = argument.replace(",", " ").split()
        scope = self.workspace.scope
        for name in wanted:
            if not scope.declared(name):
                raise UnknownNameError(f"{name} is not declared")
        if not wanted:
            raise UnknownNameError(
                "no name to forget", hint="write :forget NAME, or :clear for all"
            )
        _forget_names(scope, wanted)
        return [f"forgotten: {', '.join(wanted)}"]

    def _clear(self, _: str) -> list[str]:
        self.workspace = Workspace()
        self.last = None
        return ["everything is forgotten"]

    def _steps(self, argument: str) -> list[str]:
        if argument in ("on", "off"):
            self.steps = argument == "on"
            return [f"derivations are {'shown' if self.steps else 'not shown'}"]
        last = self._answered("derivation")
        if isinstance(last, Expr):
            raise UnknownNameError("the last result has no derivation", hint="ask: grad E wrt X")
        return last.steps_text().split("\n")

    def _latex(self, argument: str) -> list[str]:
        last = self._answered("answer")
        if isinstance(last, Expr) or argument != "answer":
            return last.latex().split("\n")
        return report.answer_latex(last).split("\n")

    def _facts(self, argument: str) -> list[str]:
        if not argument:
            raise UnknownNameError("no expression", hint="write :facts A'*A")
        from matcalc.facts_report import explain_facts

        found = explain_facts(self.workspace.parse(argument))
        return [f"{fact}: {reason}" for fact, reason in found] or ["nothing is known of it"]

    def _answered(self, what: str) -> Derivation | Derivations | Expr:
        """The last result, unless it was found wrong."""
        if self.last is None:
            raise UnknownNameError(f"there is no {what} yet", hint="ask: grad E wrt X")
        if not isinstance(self.last, Expr) and report.has_failed(self.last):
            raise MatcalcError(f"the last answer failed verification: there is no {what}")
        return self.last


def _one_line(text: str, node: tree.Node) -> str:
    return " ".join(text[node.span[0] : node.span[1]].split())


def _forget_names(scope: Scope, wanted: list[str]) -> None:
    """Take names out of a scope, and the sizes that only they have."""
    for name in wanted:
        for table in (scope.sets, scope.functions, scope.definitions):
            table.pop(name, None)
    shapes = [of.dims for of in scope.sets.values()]
    for f in scope.functions.values():
        shapes += [*f.domains, f.codomain]
    scope.sizes = {name for dims in shapes for d in dims for name in names_of(d)}
