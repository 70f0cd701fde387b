"""The rooms, and what each may import; what importing matcalc costs; what no module does."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import matcalc

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "matcalc"

# Which rooms a room may import, itself aside. A room stands below all that it imports; `errors`
# is for everyone. An import inside a function counts as well. See docs/architecture.md.
ENGINE = "expr syntax functions derivation elaborate simplify calculus printing numeric"
ROOMS = {
    "errors": "",
    "expr": "",
    "syntax": "",
    "functions": "expr",
    "derivation": "expr",
    "elaborate": "expr syntax functions",
    "simplify": "expr functions derivation elaborate",
    "calculus": "expr functions derivation elaborate simplify",
    "printing": "expr functions derivation",
    "numeric": "expr functions derivation",
    "codegen": "expr functions derivation numeric",
    # What composes them
    "facts_report": "expr functions",
    "arguments": "expr",
    "problem": ENGINE,
    "free_entries": ENGINE,
    "stages": ENGINE,
    "hessians": f"{ENGINE} stages",
    "covariant": f"{ENGINE} stages hessians",
    "orders": f"{ENGINE} stages hessians covariant",
    "story": f"{ENGINE} problem stages covariant",
    "verified": "expr derivation numeric",
    "compiling": f"{ENGINE} codegen arguments problem stages covariant orders",
    "answer": f"{ENGINE} arguments problem free_entries stages covariant orders story verified"
    " compiling",
    "workspace": f"{ENGINE} arguments problem stages orders answer",
    "equality": f"{ENGINE} arguments answer workspace",
    "checking": f"{ENGINE} arguments answer workspace equality",
    "sympy_bridge": "expr functions",
    "api": f"{ENGINE} facts_report sympy_bridge arguments answer workspace checking equality"
    " compiling",
    "__init__": "api workspace",
    # The outside
    "repl": f"{ENGINE} facts_report arguments answer workspace checking equality api __init__",
    "cli": "expr answer workspace checking api repl __init__",
    "__main__": "cli",
}

# What a room may use beside Python's own library; in brackets, inside functions only.
LIBRARIES = {
    "syntax": "lark",
    "expr": "(numpy)",
    "simplify": "(egglog)",
    "numeric": "numpy scipy (mpmath)",
    "codegen": "numpy scipy (jax) (torch) (dask) (array_api_compat) (numba)",
    "checking": "numpy",
    "equality": "numpy",
    "repl": "prompt_toolkit",
    "sympy_bridge": "sympy",
}

# Where text is run as Python: NumPy texts of the library's own records, and code that we
# wrote, with names that we made or checked; never a user's.
RUNS_CODE = {("numeric/records.py", "eval"), ("codegen/load.py", "exec")}
FORBIDDEN = {"eval", "exec", "compile", "sympify", "parse_expr", "__import__"}

LONGEST_MODULE = 450
SECONDS_TO_IMPORT = 0.3  # some 0.1 on an idle machine

PACKAGES = {"matcalc", *(f"matcalc.{p.parent.name}" for p in PACKAGE.glob("*/__init__.py"))}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Every module that a module imports, with the line, and whether inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            module = whole_name(path, node)
            names = [f"{module}.{a.name}" for a in node.names] if module in PACKAGES else [module]
            for name in names:
                yield name, node.lineno, id(node) in inside


def whole_name(path: Path, node: ast.ImportFrom) -> str:
    """The module of an import, relative ones written out."""
    if node.level == 0:
        return node.module or ""
    package = ("matcalc", *path.relative_to(PACKAGE).parts)[: -node.level]
    return ".".join((*package, *((node.module,) if node.module else ())))


def imported_room(module: str) -> str:
    """The room of matcalc.x.y; of a name that the package itself defines, the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "__init__"


def test_rooms_are_the_ones_in_the_table():
    built = {room_of(p) for p in MODULES}
    assert built == set(ROOMS), "a room without a line in ROOMS, or a line without a room"


def test_every_package_is_shipped():
    with open(ROOT / "pyproject.toml", "rb") as file:
        shipped = tomllib.load(file)["tool"]["setuptools"]["packages"]
    assert set(shipped) == PACKAGES | {"matcalc.grammar"}, "[tool.setuptools] packages"


def test_the_table_has_no_cycle():
    above: set[str] = set()
    for room, allowed in ROOMS.items():
        assert set(allowed.split()) <= above, f"{room} imports a room below it"
        above.add(room)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_its_own(path: Path):
    room = room_of(path)
    allowed = {room, "errors", *ROOMS[room].split()}
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for module, line, _ in imports(path)
        if module.split(".")[0] == "matcalc" and imported_room(module) not in allowed
    ]
    assert not wrong, f"{room} may import {', '.join(sorted(allowed))}: " + "; ".join(wrong)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_uses_only_its_libraries(path: Path):
    allowed = LIBRARIES.get(room_of(path), "").split()
    wrong = []
    for module, line, lazy in imports(path):
        top = module.split(".")[0]
        if top == "matcalc" or top in sys.stdlib_module_names or top in allowed:
            continue
        if not (lazy and f"({top})" in allowed):
            wrong.append(f"{name_of(path)}:{line} imports {module}")
    assert not wrong, wrong


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_text_is_run_as_code(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else ""
            if isinstance(called, ast.Attribute) and called.attr in ("sympify", "parse_expr"):
                name = called.attr
            if name in FORBIDDEN:
                place = f"{name_of(path)}:{node.lineno}"
                assert (name_of(path), name) in RUNS_CODE, f"{place} calls {name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_short(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE, f"{name_of(path)} has {lines} lines: split it"


def run_python(code: str) -> str:
    """What a fresh interpreter prints, outside of the checkout."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["sympy", "scipy", "prompt_toolkit", "lark", "numpy"])
def test_importing_matcalc_does_not_import(module: str):
    loaded = run_python(f"import sys, matcalc.api; print({module!r} in sys.modules)")
    assert loaded.strip() == "False", f"import matcalc loads {module}"


def test_public_names_are_loaded_when_they_are_asked_for():
    code = """
import sys, matcalc as mc
early = "matcalc.api" in sys.modules
print(early, "derive" in dir(mc), mc.derive is mc.api.derive, "matcalc.api" in sys.modules)
"""
    assert run_python(code).split() == ["False", "True", "True", "True"]


def test_deriving_does_not_import_what_it_does_not_need():
    code = """
import sys, matcalc as mc
mc.derive("norm2(A*X - B)^2", wrt="X", verify=False)
print([m for m in ("sympy", "scipy", "prompt_toolkit", "numpy") if m in sys.modules])
"""
    assert run_python(code).strip() == "[]"


def test_importing_is_quick():
    """In seconds of the processor, which a busy machine stretches less than those of the clock."""
    clock = "time.process_time()"
    code = f"import time; start = {clock}; import matcalc.api; print({clock} - start)"
    best = float("inf")
    for _ in range(15):
        best = min(best, float(run_python(code)))
        if best < SECONDS_TO_IMPORT:
            break
    print(f"import matcalc: {best:.3f} s")
    assert best < SECONDS_TO_IMPORT


def test_what_is_public_has_a_docstring():
    for name in matcalc.__all__:
        found = getattr(matcalc, name)
        assert inspect.getdoc(found), f"matcalc.{name} has no docstring"
        if inspect.isclass(found):
            assert found.__doc__, f"matcalc.{name} has no docstring of its own"


def test_functions_of_the_language_have_a_docstring():
    from matcalc.functions import names

    for name in names():
        found = getattr(matcalc, name)
        if not isinstance(found, ModuleType):
            assert found.__doc__, f"matcalc.{name} has no docstring"
