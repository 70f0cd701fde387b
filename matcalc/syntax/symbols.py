"""What to say about characters and tokens that are not in the language."""

from __future__ import annotations

import unicodedata

_MISTAKES = {
    "==": "'==' is not in the language: write '=' to define a name",
    ":=": "':=' is not in the language: write '=' to define a name",
    "**": "'**' is not in the language: write '^' for a power, '.^' for an elementwise power",
    ".**": "'.**' is not in the language: write '.^' for an elementwise power",
    ".'": "\".'\" is not in the language: write ', which never conjugates, or ^H, which does",
}

_ADVICE = {
    "×": "write * for a product, R[m,n] for sizes",
    "⨯": "write * for a product, R[m,n] for sizes",
    "÷": "write /",
    "∗": "write * for a product",
    "∘": "write .* for the elementwise product",
    "⨂": "write ⊗ for the Kronecker product",
    "⊕": "write block(A,zeros;zeros,B) for a direct sum",
    "√": "write sqrt(x)",
    "∑": "write sum(x) or sum(i in 1..n, body)",
    "∏": "products over an index are not in the language",
    "∫": "integrals are not in the language",
    "∂": "write d/dX E",
    "∇": "write grad E wrt X",
    "†": "write ^H for the conjugate transpose",
    "⊤": "write ' or ^T for the transpose",
    "‖": "write norm2(x)",
    "∥": "write norm2(x)",
    "⟨": "write dot(x,y)",
    "⟩": "write dot(x,y)",
    "|": "write abs(x), det(X) or norm2(x)",
    "{": "group with parentheses ( ), index with brackets [ ]",
    "}": "group with parentheses ( ), index with brackets [ ]",
    '"': "there are no texts in quotes",
    "`": "write ' for the transpose",
    "“": "there are no texts in quotes",
    "”": "there are no texts in quotes",
    "‘": "write ' for the transpose",
    "%": "a comment begins with #",
    "$": "write the formula without dollars",
    "!": "write gamma(n+1) for a factorial",
    "&": "there is no logic in the language, and lines are not aligned",
    "~": "there is no logic in the language",
    "<": "there are no comparisons in the language: step(x) is 1 for x > 0",
    ">": "there are no comparisons in the language: step(x) is 1 for x > 0",
    "≤": "there are no comparisons in the language: step(x) is 1 for x > 0",
    "≥": "there are no comparisons in the language: step(x) is 1 for x > 0",
    "≠": "there are no comparisons in the language",
    "≈": "write '=' to define a name",
    "≔": "write '=' to define a name",
    "↦": "write '->' between sets, f(x) = ... to define a function",
    "⇒": "write '->' between sets",
    "∞": "infinity is not a number of the language",
    "…": "write '..' in sum(i in 1..n, body)",
    "?": "write what is known, or a name for it",
}

# Commands of LaTeX, which is printed and not read: what to write for them.
_LATEX = {
    "frac": "a/b",
    "dfrac": "a/b",
    "tfrac": "a/b",
    "sqrt": "sqrt(x)",
    "top": "X'",
    "intercal": "X'",
    "cdot": "a*b",
    "times": "a*b",
    "odot": "A.*B",
    "circ": "A.*B",
    "otimes": "kron(A,B)",
    "sum": "sum(i in 1..n, body)",
    "partial": "grad E wrt X",
    "nabla": "grad E wrt X",
    "Vert": "norm2(x)",
    "lVert": "norm2(x)",
    "vert": "abs(x)",
    "lvert": "abs(x)",
    "langle": "dot(x,y)",
    "left": "the bracket alone",
    "right": "the bracket alone",
    "mathrm": "the name alone",
    "mathbf": "the name alone",
    "operatorname": "the name alone",
    "text": "the name alone",
    "mathbb": "the set with its sizes, as in R[m,n],",
    "in": "X in R[m,n]",
    "|": "norm2(x)",
    "\\": "a new line",
    "{": "a parenthesis",
    "}": "a parenthesis",
    ",": "nothing",
    ";": "nothing",
    "quad": "nothing",
}


def is_latex(command: str) -> bool:
    """Whether this is a command of LaTeX, other than a letter's or a function's name."""
    return command in _LATEX


def about_backslash(name: str) -> str:
    """About a command of LaTeX, such as \\lambda or \\frac."""
    if name in _LATEX:
        return f"LaTeX is printed and not read: for \\{name} write {_LATEX[name]}"
    return f"names have no backslash: write {quoted(name)}"


def about_mistake(value: str) -> str:
    """About a token of another language."""
    if value[-1] in "TᵀHᴴ":
        mark = "'" if value[-1] in "Tᵀ" else "^H"
        return f"an inverse and a transpose are two steps: write X^-1{mark}"
    return _MISTAKES[value]


def about_unknown(value: str) -> str:
    """About a character, or about a word that is not a name after NFKC."""
    if len(value) > 1:
        return f"{quoted(value)} is not a name: names are made of letters, digits and _"
    if value in _ADVICE:
        return f"unexpected character {quoted(value)}: {_ADVICE[value]}"
    if value.isascii() and value.isprintable():
        return f"unexpected character {quoted(value)}"
    name = unicodedata.name(value, "a character without a name")
    shown = f" {quoted(value)}" if value.isprintable() else ""
    advice = ": write a power as ^2, a transpose as '" if _is_superscript(value) else ""
    fraction = unicodedata.normalize("NFKC", value).partition("⁄")
    if all(fraction):
        advice = f": write {fraction[0]}/{fraction[2]}"
    return f"unexpected character{shown} (U+{ord(value):04X} {name}){advice}"


def quoted(value: str) -> str:
    """A piece of the text for a message, in one line and not too long."""
    value = " ".join(value.split())
    if len(value) > 30:
        value = value[:27] + "..."
    return f'"{value}"' if "'" in value else f"'{value}'"


def _is_superscript(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")
