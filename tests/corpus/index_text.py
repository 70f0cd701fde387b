"""What printed index notation says: a small reader of it, with a loop for every sum.

It shares nothing with the printer or with the data behind it: the text is taken apart at its signs
and asterisks, δ is compared index by index, and arrays and scalars are closed forms by themselves.
"""

import re
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

import matcalc as mc

OPEN, CLOSED = "([{", ")]}"


def split(text, separators):
    """Pieces between separators outside of brackets, each with the separator in front of it."""
    pieces, depth, start, before, k = [], 0, 0, "", 0
    while k < len(text):
        depth += (text[k] in OPEN) - (text[k] in CLOSED)
        found = next((s for s in separators if text.startswith(s, k)), None)
        if depth == 0 and found:
            pieces.append((before, text[start:k]))
            start, before, k = k + len(found), found, k + len(found)
        else:
            k += 1
    return [*pieces, (before, text[start:])]


def indexed(text):
    """The head and the places of A[i,(j,k)]; None of what has no index."""
    if not text.endswith("]"):
        return None
    depth = 0
    for k in range(len(text) - 1, -1, -1):
        depth += (text[k] in CLOSED) - (text[k] in OPEN)
        if depth == 0:
            return text[:k], [p for _, p in split(text[k + 1 : -1], [","])]
    raise AssertionError(text)


class Reader:
    """Reads index notation at given values of the variables and sizes."""

    def __init__(self, where, values, sizes):
        self.scope = mc.Workspace(where)
        self.values = {**values, **sizes}
        self.sizes = sizes
        self.known = {}

    def value(self, text):
        """A closed form as an array of two axes, or a number."""
        if text not in self.known:
            e = self.scope.parse(text)
            shape = [int(s) if isinstance(s, int) else self.size(str(s)) for s in e.shape]
            found = e.evaluate({k: v for k, v in self.values.items() if self.belongs(k, e)})
            self.known[text] = found if e.is_scalar else np.reshape(found, shape)
        return self.known[text]

    def belongs(self, name, e):
        return re.search(rf"\b{re.escape(name)}\b", str(e) + str(e.shape)) or name in self.sizes

    def size(self, text):
        """A size, or an index beside a size: polynomials of names and numbers."""
        total = Fraction(0)
        for sign, term in split(text, [" + ", " - "]):
            number = Fraction(1)
            for divided, factor in split(term, ["*", "/"]):
                (_, base), *powers = split(factor, ["^"])
                power = powers[0][1] if powers else "1"
                if base.startswith("("):
                    value = Fraction(self.size(base[1:-1]))
                else:
                    value = Fraction(int(base) if base.isdigit() else self.sizes[base])
                value **= int(power)
                number = number / value if divided == "/" else number * value
            total += -number if sign == " - " else number
        assert total.denominator == 1, text
        return int(total)

    def place(self, text, at):
        """A place from 0: of (i,j) it is i + j*m, with m the size of i."""
        if text.startswith("("):
            found, stride = 0, 1
            for _, name in split(text[1:-1], [","]):
                value, size = at[name]
                found, stride = found + stride * (value - 1), stride * size
            return found
        whole = Reader.__new__(Reader)
        whole.sizes = {**self.sizes, **{name: value for name, (value, _) in at.items()}}
        return whole.size(text) - 1

    def sum(self, text, at):
        """The value of a sum of terms; `at` holds value and size of each index."""
        total = 0.0
        for sign, term in split(text.removeprefix("-"), [" + ", " - "]):
            negative = sign == " - " or (not sign and text.startswith("-"))
            total = total + (-1 if negative else 1) * self.term(term, at)
        return total

    def term(self, text, at):
        found, scalars = 1.0, []
        for _, factor in split(text, ["*"]):
            summed = re.match(r"sum\((\w+) in 1\.\.([^,]+), (.*)\)$", factor)
            entry = indexed(factor) if not factor.startswith("[") else None
            if summed:
                name, size, body = summed.group(1), self.size(summed.group(2)), summed.group(3)
                found *= sum(self.sum(body, {**at, name: (k, size)}) for k in range(1, size + 1))
            elif entry and entry[0] == "δ":
                found *= self.place(entry[1][0], at) == self.place(entry[1][1], at)
            elif relation := re.match(r"\[(\w+) (>=|<=) (\w+)\]$", factor):
                left, sign, right = relation.groups()
                order = at[left][0] - at[right][0]
                found *= order >= 0 if sign == ">=" else order <= 0
            elif entry:
                places = [self.place(p, at) for p in entry[1]]
                found *= self.value(entry[0])[(*places, 0) if len(places) == 1 else tuple(places)]
            else:
                scalars.append(factor)
        return found * self.value("*".join(scalars)) if scalars else found


def entries(form, reader, count=None, seed=0):
    """(position in the tensor, value) of printed index notation: all, or so many at random.

    The position counts the entries with the first index running fastest.
    """
    left, right = str(form).split(" = ", 1)
    names = re.findall(r"\w+", "".join(re.findall(r"\[[^\]]*\]", left)))
    assert names == [x.name for x in form.free]
    sizes = [reader.size(str(x.size)) for x in form.free]
    every = list(product(*(range(1, n + 1) for n in sizes))) if prod(sizes) <= 5000 else None
    rng = np.random.default_rng(seed)
    if every is None or (count is not None and count < len(every)):
        chosen = [tuple(int(rng.integers(1, n + 1)) for n in sizes) for _ in range(count or 50)]
    else:
        chosen = every
    for at in chosen:
        where = np.ravel_multi_index([k - 1 for k in at], sizes, order="F") if sizes else 0
        known = {n: (k, s) for n, k, s in zip(names, at, sizes, strict=True) if n != "1"}
        yield int(where), reader.sum(right, known)
