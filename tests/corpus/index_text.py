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
        self.where = where
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
            return self.placed(text, at)[0]
        whole = Reader.__new__(Reader)
        whole.sizes = {**self.sizes, **{name: value for name, (value, _) in at.items()}}
        return whole.size(text) - 1

    def placed(self, text, at):
        """A place from 0, and how many there are; of (i >= j) the entries of a lower triangle."""
        if text in at:
            return at[text][0] - 1, at[text][1]
        parts = [p for _, p in split(text[1:-1], [","])]
        if len(parts) == 1:
            (row, n), (column, _) = (at[name] for name in parts[0].split(" >= "))
            order = [(i, j) for j in range(1, n + 1) for i in range(j, n + 1)]
            return order.index((row, column)), len(order)
        found, stride = 0, 1
        for k, size in (self.placed(p, at) for p in parts):
            found, stride = found + stride * k, stride * size
        return found, stride

    def sum(self, text, at):
        """The value of a sum of terms; `at` holds value and size of each index."""
        total = 0.0
        for sign, term in split(text.removeprefix("-"), [" + ", " - "]):
            negative = sign == " - " or (not sign and text.startswith("-"))
            total = total + (-1 if negative else 1) * self.term(term, at)
        return total

    def vanishes(self, factor, at):
        """Whether a factor is a δ that is 0, or [i >= j] with i < j."""
        if relation := re.match(r"\[(\w+) (>=|<=) (\w+)\]$", factor):
            left, sign, right = relation.groups()
            order = at[left][0] - at[right][0]
            return order < 0 if sign == ">=" else order > 0
        if not factor.startswith("δ"):
            return False
        left, right = indexed(factor.rpartition("]")[0] + "]")[1]
        return left != right and self.place(left, at) != self.place(right, at)

    def count(self, text, at):
        """n - abs(i - j), the length of a diagonal; 1 where there is none."""
        if text.startswith("("):
            size, _, off = text[1:-1].partition(" - abs(")
            return self.size(size) - (abs(self.place(off[:-1], at) + 1) if off else 0)
        return 1 if text.endswith("]") else self.size(text)

    def at_units(self, head, units, places, at):
        """The entry of frechet(f)(X,E[k,l]), with matrices that have a single 1."""
        base, inner = re.match(r"(frechet\(\w+\))\((.*)", head.removesuffix(units)).groups()
        given = re.findall(r"\[(\w+),(\w+)\]", units)
        names = [f"Unit{k}" for k in range(len(given))]
        size = self.scope.parse(split(inner, [","])[0][1]).shape[0]
        scope = mc.Workspace(f"{self.where}; {', '.join(names)} in R[{size},{size}]")
        n = self.size(str(size))
        values = dict(self.values)
        for name, (k, l) in zip(names, given, strict=True):
            values[name] = np.outer(
                np.arange(1, n + 1) == at[k][0], np.arange(1, n + 1) == at[l][0]
            )
        e = scope.parse(f"{base}({inner},{','.join(names)})")
        found = e.evaluate({k: v for k, v in values.items() if self.belongs(k, e)})
        return found[tuple(self.place(p, at) for p in places)]

    def term(self, text, at):
        found, scalars = 1.0, []
        factors = [f for _, f in split(text, ["*"])]
        if any(self.vanishes(f, at) for f in factors):
            return 0.0  # other factors may not be there: x[(i >= j)]
        for factor in factors:
            summed = re.match(r"sum\((\w+) in 1\.\.([^,]+), (.*)\)$", factor)
            entry = indexed(factor) if not factor.startswith("[") else None
            if summed:
                name, size, body = summed.group(1), self.size(summed.group(2)), summed.group(3)
                found *= sum(self.sum(body, {**at, name: (k, size)}) for k in range(1, size + 1))
            elif factor.startswith(("δ", "[")):
                found /= self.count(factor.rpartition("]/")[2], at)  # δ itself is 1
            elif unit := re.search(r"(,[EU]\[\w+,\w+\])+\)$", entry[0] if entry else ""):
                found *= self.at_units(entry[0], unit.group(0), entry[1], at)
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
    pairs = re.findall(r"\((\w+) >= (\w+)\)", left)
    axes = [p for inner in re.findall(r"\[([^\]]*)\]", left) for _, p in split(inner, [","])]
    every = list(product(*(range(1, n + 1) for n in sizes))) if prod(sizes) <= 5000 else None
    rng = np.random.default_rng(seed)
    if every is None or (count is not None and count < len(every)):
        chosen = [tuple(int(rng.integers(1, n + 1)) for n in sizes) for _ in range(count or 50)]
    else:
        chosen = every
    for at in chosen:
        known = {n: (k, s) for n, k, s in zip(names, at, sizes, strict=True)}
        if any(known[i][0] < known[j][0] for i, j in pairs):
            continue
        where, stride = 0, 1
        for k, size in (reader.placed(p, known) for p in axes):
            where, stride = where + stride * k, stride * size
        yield where, reader.sum(right, {n: at for n, at in known.items() if n != "1"})
