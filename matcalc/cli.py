"""The command `matcalc`.

Exit status: 0 done; 1 an answer was found wrong; 2 the input was rejected, with the error on
standard error and nothing on standard output, but the answers of `run` before it. 130 and 141 after
an interrupt and a closed pipe.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from matcalc.errors import ArityError, MatcalcError
from matcalc.repl.console import fault_text, has_unicode, write

DONE, WRONG, REJECTED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141

EPILOG = """\
matcalc alone begins a conversation; `matcalc help` lists the functions of the language.

  matcalc derive "norm2(A*X - B)^2" --wrt X --steps
  matcalc derive "logdet(S)" --wrt S --where "S in SPD[n]" --convention entries
  matcalc check "tr(A*X)" --wrt X --answer "A'"
"""


@dataclass
class Output:
    """What a command says on standard output and on standard error, and its exit status."""

    text: str = ""
    status: int = DONE
    remark: str = ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    _open_missing_streams()
    try:
        status = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _close_stdout()
        return BROKEN_PIPE
    except OSError as error:  # a full disk
        _close_stdout()
        write(sys.stderr, f"error: cannot write: {error.strerror}")
        return REJECTED


def _run(argv: list[str]) -> int:
    parser = _parser()
    options = parser.parse_args([argv[0], *map(_marked, argv[1:])] if argv else [])
    if options.command is None:
        from matcalc.repl.loop import start

        return start()
    command: Callable[[argparse.Namespace], Output] = options.action
    try:
        output = command(options)
    except MatcalcError as error:
        output = Output(remark=str(error), status=REJECTED)
    except Exception as error:
        output = Output(remark=fault_text(error), status=REJECTED)
    if output.text:
        write(sys.stdout, output.text)
    if output.remark:
        write(sys.stderr, output.remark)
    return output.status


def _open_missing_streams() -> None:
    """A shell may start us with a stream closed (`>&-`); Python has None for it then."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _close_stdout() -> None:
    """Nobody reads on: keep Python from complaining when it flushes at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Arguments

# An expression may begin with a minus, which argparse takes for an option. So what does not look
# like one of ours is marked, with a character that no argument can contain.
_MARK = "\0"
_OPTION = re.compile(r"-h|--|--[a-z][a-z-]*(=.*)?", re.DOTALL)


def _marked(argument: str) -> str:
    if len(argument) > 1 and argument.startswith("-") and not _OPTION.fullmatch(argument):
        return _MARK + argument
    return argument


def _text(argument: str) -> str:
    return argument.removeprefix(_MARK)


def _integer(argument: str) -> int:
    return int(_text(argument))


_integer.__name__ = "integer"  # argparse puts it into its message


def _parser() -> argparse.ArgumentParser:
    from matcalc import __version__

    parser = argparse.ArgumentParser(
        prog="matcalc",
        description="Symbolic matrix calculus: gradients in closed form, derived and verified.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"matcalc {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")

    def command(name: str, action: Callable[[argparse.Namespace], Output], about: str) -> Any:
        made = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        made.set_defaults(action=action, parser=made)
        return made

    _derive_arguments(command("derive", _derive, "the derivative of an expression"))
    _check_arguments(command("check", _check, "whether an answer of yours is right"))
    run = command("run", _statements, "answer the statements of a file")
    run.add_argument("file", metavar="FILE", type=_text, help="'-' for standard input")
    helper = command("help", _help, "what a function or another name of the language means")
    helper.add_argument("name", metavar="NAME", type=_text, nargs="?")
    return parser


def _common_arguments(parser: Any, required: bool) -> None:
    parser.add_argument(
        "--wrt", metavar="X[,Y]", type=_text, required=required, help="variables to derive by"
    )
    parser.add_argument(
        "--where", metavar="TEXT", type=_text, default="",
        help="declarations and definitions: 'A in R[m,n]; R = A*X - B'",
    )  # fmt: skip
    parser.add_argument(
        "--convention", metavar="C", type=_text, default="projected",
        help="for structured variables: projected (default) or entries",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=_integer, default=0, help="of the draws of verification"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _derive_arguments(parser: Any) -> None:
    parser.add_argument("expression", metavar="EXPR", type=_text, help="definitions may precede it")
    _common_arguments(parser, required=True)
    parser.add_argument("--order", metavar="K", type=_integer, default=1, help="2: the Hessian")
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="the mixed derivative: by one variable, then by the next",
    )
    parser.add_argument(
        "--wirtinger", metavar="W", type=_text, choices=("Z*", "Z", "mixed"), default="Z*",
        help="for complex variables: by Z* (default), by Z, or mixed",
    )  # fmt: skip
    parser.add_argument(
        "--layout", metavar="L", type=_text, choices=("numerator", "denominator"),
        default="numerator", help="of Jacobians: a row or a column for each entry of the function",
    )  # fmt: skip
    parser.add_argument("--no-verify", action="store_true", help="do not check the answer")
    parser.add_argument("--steps", action="store_true", help="print the derivation before it")
    parser.add_argument(
        "--latex", action="store_true", help="print LaTeX: of the derivation if --steps is given"
    )
    parser.add_argument(
        "--style", metavar="S", type=_text, choices=("differential", "index"),
        default="differential", help="of the derivation: in differentials, or entry by entry",
    )  # fmt: skip
    parser.add_argument("--operator", action="store_true", help="print the differential")
    parser.add_argument("--index", action="store_true", help="print index notation")
    parser.add_argument(
        "--code",
        metavar="TARGET",
        type=_text,
        help="print code: numpy, jax, torch, dask, array-api, numba, julia, matlab",
    )


def _check_arguments(parser: Any) -> None:
    parser.add_argument("expression", metavar="EXPR", type=_text, nargs="?")
    _common_arguments(parser, required=False)
    parser.add_argument("--answer", metavar="ANSWER", type=_text, help="your gradient")
    parser.add_argument(
        "--steps",
        metavar="FILE",
        type=_text,
        help="a derivation, line by line; '-' for standard input",
    )


# Commands


def _derive(options: argparse.Namespace) -> Output:
    from matcalc.api import derive
    from matcalc.repl import report

    by = tuple(options.wrt.split(",")) if options.mixed else options.wrt
    answer = derive(
        options.expression,
        by,
        options.where,
        order=len(by) if options.mixed else options.order,
        convention=options.convention,
        wirtinger=options.wirtinger,
        layout=options.layout,
        verify=not options.no_verify,
        seed=options.seed,
    )
    failed = report.has_failed(answer)
    status = WRONG if failed else DONE
    if options.json:
        from matcalc.repl.document import answer_document, json_text

        text = json_text(answer_document(answer), sys.stdout)
        return Output(text, status, report.failure_text(answer) if failed else "")
    if options.latex or options.code:
        return _bare(options, answer)
    steps = options.style if _has_steps(options) else ""
    lines = report.answer_lines(answer, steps, has_unicode(sys.stdout), _faces(options, answer))
    return Output("\n".join(lines), status)


def _faces(options: argparse.Namespace, answer: Any) -> list[str]:
    """Forms of the answer that take the place of the closed form."""
    from matcalc.repl.report import operator_line

    lines: list[str] = []
    for d in answer.results.values():
        lines += [operator_line(d)] if options.operator else []
        lines += [str(d.index())] if options.index else []
    return lines


def _has_steps(options: argparse.Namespace) -> bool:
    """Whether the derivation is wanted: asking for one entry by entry says so."""
    return options.steps or options.style == "index"


def _latex_faces(options: argparse.Namespace, d: Any) -> list[str]:
    """The forms that take the place of the closed form, in LaTeX."""
    from matcalc.repl.report import operator_latex

    found = [operator_latex(d)] if options.operator else []
    return [*found, d.index().latex()] if options.index else found


def _bare(options: argparse.Namespace, answer: Any) -> Output:
    """LaTeX or code alone, to be put into a file; what a reader must know is on standard error."""
    from matcalc.repl import report

    texts: list[str] = []
    if options.latex:
        faces = [text for d in answer.results.values() for text in _latex_faces(options, d)]
        told = answer.latex(options.style) if _has_steps(options) else ""
        texts += [told] if told else faces or [report.answer_latex(answer)]
    if options.code:
        texts.append(answer.compile(options.code).source)
    if report.has_failed(answer):
        return Output("", WRONG, report.failure_text(answer))
    v = answer.verification
    remark = report.verification_line(v) if v is not None and not v.ok else ""
    return Output("\n".join(texts), DONE, remark)


def _check(options: argparse.Namespace) -> Output:
    from matcalc.api import check

    if options.steps is not None:
        return _check_steps(options)
    if options.expression is None or options.wrt is None or options.answer is None:
        options.parser.error("what to check is missing: EXPR --wrt X --answer ANSWER")
    if len({name.strip() for name in options.wrt.split(",")}) > 1:
        raise ArityError("check takes one variable", hint="check the gradients one by one")
    found = check(
        options.expression,
        options.wrt,
        options.answer,
        options.where,
        convention=options.convention,
        seed=options.seed,
    )
    text = found.message
    if options.json:
        from matcalc.repl.document import check_document, json_text

        data = check_document(found, options.expression, options.wrt, options.answer)
        text = json_text(data, sys.stdout)
    return Output(text, DONE if found.ok else WRONG)


def _check_steps(options: argparse.Namespace) -> Output:
    """A derivation by hand, line by line."""
    from matcalc.api import check_steps

    if options.expression is not None or options.answer is not None:
        options.parser.error("--steps FILE stands for EXPR and --answer")
    found = check_steps(
        _read(options.steps),
        options.wrt,
        options.where,
        convention=options.convention,
        seed=options.seed,
    )
    text = found.message
    if options.json:
        from matcalc.repl.document import json_text

        keys = ("ok", "verdict", "line", "repair", "message")
        text = json_text({k: getattr(found, k) for k in keys}, sys.stdout)
    return Output(text, DONE if found.ok else WRONG)


def _statements(options: argparse.Namespace) -> Output:
    """Each answer is printed as it comes; an error ends it, with those before it printed."""
    from matcalc.repl.session import Session

    status = DONE
    for lines, failed in Session(has_unicode(sys.stdout), confirm=False).run(_read(options.file)):
        status = WRONG if failed else DONE
        if lines:
            write(sys.stdout, "\n".join(lines))
            sys.stdout.flush()
    return Output(status=status)


def _read(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.read()
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise MatcalcError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise MatcalcError(f"cannot read {path}: it is no text in UTF-8") from None


def _help(options: argparse.Namespace) -> Output:
    from matcalc.repl import manual

    if options.name in ("derive", "check", "run"):
        _parser().parse_args([options.name, "--help"])
    if options.name is None:
        return Output("\n".join([manual.STATEMENTS, "", *manual.overview()]))
    return Output("\n".join(manual.entry(options.name)))
