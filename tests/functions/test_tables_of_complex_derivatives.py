"""The tables of complex derivatives, row by row, and what signal processing adds to them.

Source: Hjørungnes & Gesbert, "Complex-valued matrix differentiation", IEEE Trans. Signal
Process. 55 (2007), tables II to VI: derivatives by Z and by conj(Z). The reference is made here:
partial derivatives by the real and imaginary parts, as central differences.
"""

import numpy as np
import pytest

import matcalc as mc

SIZES = {"n": 3, "m": 4, "p": 2}
GIVEN = "a, b in C[n]; A, B in C[n,n]; "
NUMBERS = [
    ("a'*z", "z", "z in C[n]"),
    ("a'*conj(z)", "z", "z in C[n]"),
    ("z'*a", "z", "z in C[n]"),
    ("z'*A*z", "z", "z in C[n]"),
    ("z'*A*conj(z)", "z", "z in C[n]"),
    ("z^H*A*z", "z", "z in C[n]"),
    ("z^H*A*conj(z)", "z", "z in C[n]"),
    ("tr(Z)", "Z", "Z in C[n,n]"),
    ("tr(conj(Z))", "Z", "Z in C[n,n]"),
    ("tr(A*Z)", "Z", "Z in C[n,n]"),
    ("tr(A*Z^H)", "Z", "Z in C[n,n]"),
    ("tr(Z*A*Z'*B)", "Z", "Z in C[n,n]"),
    ("tr(Z*A*Z*B)", "Z", "Z in C[n,n]"),
    ("tr(Z*A*Z^H*B)", "Z", "Z in C[n,n]"),
    ("tr(Z*A*conj(Z)*B)", "Z", "Z in C[n,n]"),
    ("tr(A*inv(Z))", "Z", "Z in C[n,n]"),
    ("tr(Z^3)", "Z", "Z in C[n,n]"),
    ("det(Z)", "Z", "Z in C[n,n]"),
    ("det(A*Z*B)", "Z", "Z in C[n,n]"),
    ("det(Z*Z)", "Z", "Z in C[n,n]"),
    ("det(Z*Z')", "Z", "Z in C[n,n]"),
    ("det(Z*conj(Z))", "Z", "Z in C[n,n]"),
    ("det(Z*Z^H)", "Z", "Z in C[n,n]"),
    ("det(Z^3)", "Z", "Z in C[n,n]"),
    ("eigval(Z*Z^H,2)", "Z", "Z in C[n,n]"),
    ("a'*Z*b", "Z", "Z in C[n,n]"),
    ("a'*conj(Z)*b", "Z", "Z in C[n,n]"),
    ("a'*Z*Z'*b", "Z", "Z in C[n,n]"),
    ("a^H*Z^H*Z*b", "Z", "Z in C[n,n]"),
    ("norm2(Z)^2", "Z", "Z in C[n,n]"),
    ("norm2(Z)", "Z", "Z in C[n,n]"),
    ("norm1(z)", "z", "z in C[n]"),
    ("sum(abs(z).^3)", "z", "z in C[n]"),
    ("normnuc(Z)", "Z", "Z in C[n,n]"),
    ("normspec(Z)", "Z", "Z in C[n,n]"),
    ("abs(a^H*z)^2", "z", "z in C[n]"),
    ("abs(z'*A*z)", "z", "z in C[n]"),
    ("re(tr(A*Z))", "Z", "Z in C[n,n]"),
    ("im(a'*Z*b)", "Z", "Z in C[n,n]"),
    ("log(norm2(z)^2+1)", "z", "z in C[n]"),
    ("re(logdet(eye(n)+Z*Z^H))", "Z", "Z in C[n,n]"),
    ("logdet(eye(n)+Z^H*H*Z)", "Z", "Z in C[n,n]; H in HPD[n]"),
    ("z^H*H*z/(z^H*z)", "z", "z in C[n]; H in Herm[n]"),
    ("sum(exp(z))", "z", "z in C[n]"),
    ("sum(sin(conj(z)).*z)", "z", "z in C[n]"),
    ("tr(expm(Z))", "Z", "Z in C[n,n]"),
    ("tr(expm(Z*Z^H))", "Z", "Z in C[n,n]"),
    ("lambda_max(Z*Z^H)", "Z", "Z in C[n,n]"),
    ("tr(inv(eye(n)+Z*Z^H))", "Z", "Z in C[n,n]"),
    ("sum(abs(A*z).^4)", "z", "z in C[n]"),
    ("re(z'*z)^2", "z", "z in C[n]"),
    ("norm2(Z*Z^H-A)^2", "Z", "Z in C[n,n]"),
    ("abs(det(Z))", "Z", "Z in C[n,n]"),
    ("schatten(Z,3)", "Z", "Z in C[n,n]"),
    ("norm21(Z)", "Z", "Z in C[n,n]"),
    ("c*conj(c)^2", "c", "c in C"),
    ("abs(c)^3", "c", "c in C"),
    ("re(exp(1i*c))", "c", "c in C"),
    ("tr(Z*H)", "Z", "Z in C[n,n]; H in Herm[n]"),
]  # fmt: skip
ARRAYS = [
    ("Z", "Z", "Z in C[n,p]"),
    ("Z'", "Z", "Z in C[n,p]"),
    ("conj(Z)", "Z", "Z in C[n,p]"),
    ("Z^H", "Z", "Z in C[n,p]"),
    ("A*Z*B", "Z", "Z in C[n,n]"),
    ("A*Z'*B", "Z", "Z in C[n,n]"),
    ("A*Z^H*B", "Z", "Z in C[n,n]"),
    ("A*conj(Z)*B", "Z", "Z in C[n,n]"),
    ("Z*Z", "Z", "Z in C[n,n]"),
    ("Z*Z'", "Z", "Z in C[n,p]"),
    ("Z*Z^H", "Z", "Z in C[n,p]"),
    ("Z^H*Z", "Z", "Z in C[n,p]"),
    ("Z*conj(Z)", "Z", "Z in C[n,n]"),
    ("Z'*Z", "Z", "Z in C[n,p]"),
    ("conj(Z)*Z", "Z", "Z in C[n,n]"),
    ("inv(Z)", "Z", "Z in C[n,n]"),
    ("pinv(Z)", "Z", "Z in C[m,p]"),
    ("adj(Z)", "Z", "Z in C[n,n]"),
    ("Z^3", "Z", "Z in C[n,n]"),
    ("kron(Z,Z)", "Z", "Z in C[2,2]"),
    ("kron(Z,conj(Z))", "Z", "Z in C[2,2]"),
    ("Z.*Z", "Z", "Z in C[n,p]"),
    ("Z.*conj(Z)", "Z", "Z in C[n,p]"),
    ("conj(Z).*conj(Z)", "Z", "Z in C[n,p]"),
    ("exp(Z)", "Z", "Z in C[n,p]"),
    ("expm(Z)", "Z", "Z in C[n,n]"),
    ("a*z'", "z", "z in C[n]"),
    ("z*z^H", "z", "z in C[n]"),
    ("z*z'", "z", "z in C[n]"),
    ("conj(z)*z^H", "z", "z in C[n]"),
    ("a*z^H*A*z", "z", "z in C[n]"),
    ("a*z'*A*conj(z)", "z", "z in C[n]"),
    ("abs(z)", "z", "z in C[n]"),
    ("A*conj(z)", "z", "z in C[n]"),
    ("re(Z)", "Z", "Z in C[n,p]"),
    ("im(Z*A)", "Z", "Z in C[p,n]"),
    ("inv(Z*Z^H)", "Z", "Z in C[n,n]"),
    ("a*det(Z)", "Z", "Z in C[n,n]"),
    ("z*norm2(z)", "z", "z in C[n]"),
    ("Z*B*Z", "Z", "Z in C[n,n]"),
]  # fmt: skip


def draw(rng, symbol):
    shape = tuple(SIZES.get(str(k), k) for k in symbol.shape)
    value = symbol.set.kind.draw(rng, shape)
    if shape == (1, 1):
        return complex(np.ravel(value)[0])
    return value.reshape(-1) if shape[1] == 1 else value


def by_parts(f, z, barred):
    """∂f/∂z = (∂f/∂x - i ∂f/∂y)/2, and ∂f/∂z* with the other sign."""
    z, step = np.asarray(z, dtype=complex), 1e-5

    def slope(e):
        near, far = f(z + step * e) - f(z - step * e), f(z + 2 * step * e) - f(z - 2 * step * e)
        return (8 * near - far) / (12 * step)

    found = np.zeros((*np.shape(f(z)), *z.shape), dtype=complex)
    for place in np.ndindex(*z.shape):
        e = np.zeros(z.shape, dtype=complex)
        e[place] = 1
        x, y = slope(e), slope(1j * e)
        found[(..., *place)] = (x + 1j * y if barred else x - 1j * y) / 2
    return found


def compare(text, name, where, order, wirtinger):
    where = GIVEN + where
    d = mc.derive(text, name, where, order=order, wirtinger=wirtinger, verify=False)
    rng = np.random.default_rng(4)
    given = {s.name: draw(rng, s) for s in d.problem.symbols}
    z = given.pop(name)

    def before(z):
        values = {name: z if np.ndim(z) else complex(z), **given}
        if order == 1:
            return np.asarray(d.problem.function.evaluate(values))
        first = "Z*" if wirtinger == "mixed" else wirtinger
        return np.asarray(
            mc.derive(text, name, where, wirtinger=first, verify=False).tensor(values)
        )

    wanted = by_parts(before, z, wirtinger == "Z*")
    found = np.asarray(d.tensor({name: z, **given}))
    assert found.shape == wanted.shape
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-5 * (1 + np.max(abs(wanted)))), d.result


@pytest.mark.parametrize("wirtinger", ["Z*", "Z"])
@pytest.mark.parametrize(("text", "name", "where"), [*NUMBERS, *ARRAYS], ids=lambda v: v)
def test_first_derivatives(text, name, where, wirtinger):
    compare(text, name, where, 1, wirtinger)


@pytest.mark.parametrize("wirtinger", ["Z*", "Z", "mixed"])
@pytest.mark.parametrize(("text", "name", "where"), NUMBERS[::3], ids=lambda v: v)
def test_second_derivatives(text, name, where, wirtinger):
    compare(text, name, where, 2, wirtinger)
