"""Code for MATLAB, Octave and Julia: every case of the corpus, run where the interpreter is there.

Without interpreters the text itself is looked at: blocks that close, names that the language can
have, and no function that is not known.
"""

import re
import shutil
import subprocess
from functools import cache

import numpy as np
import pytest
from test_compiled_corpus import EXACT, SUPPORTED, answer, distance, values_of

import matcalc as mc

LANGUAGES = ("matlab", "julia")
rng = np.random.default_rng(0)


def is_function(value):
    return callable(value) or (isinstance(value, tuple) and any(map(callable, value)))


CASES = {n: (answer(n), values_of(n)) for n in SUPPORTED}
CASES = {n: (d, v) for n, (d, v) in CASES.items() if not any(map(is_function, v.values()))}

# What the corpus has not: rows, slices, places of both axes, vectors beside matrices.
MORE = """
norm2(r*A)^2 | r | r in R[1,m]; A in R[m,n]
r*A | A | r in R[1,m]; A in R[m,n]
sum(exp(r).*(x'*B)) | r | r in R[1,n]; x in R[m]; B in R[m,n]
A*X*B | X | A in R[m,n]; X in R[n,p]; B in R[p,q]
X.*A | X | X, A in R[m,n]
norm2(X[:,2:3])^2 + sum(X[1,:]) + X[2,1]^3 | X | X in R[m,n]
sum(x[2:3].^2)*x[1] | x | x in R[m]
sum(log(exp(X) + x*ones(1,n) + ones(m,1)*y')) | X | X in R[m,n]; x in R[m]; y in R[n]
tr(X'*inv(S)*X) + logdet(S) | S | S in Sym[m]; X in R[m,n]
x'*inv(L)*x | L | L in Tril[m]; x in R[m]
inv(S)*X | X | S in SPD[m]; X in R[m,n]
kron(A,X) | X | A in R[m,n]; X in R[p,m]
2^c + c^m + sum(x)^c | c | c in R+; x in R+[m]
x.^c | x | x in R+[m]; c in R+
sum(sigmoid(x) + softplus(x) + silu(x) + elu(x)) | x | x in R[m]
sum(hardtanh(x) + leakyrelu(x) + relu(x)) | x | x in R[m]
sum(rows(softmax)(X).*A) + sum(rows(logsumexp)(X)) | X | X, A in R[m,n]
max(x) + norminf(y) + norm1(x) + normp(x,3) | x | x in R[m]; y in R[m]
sum(max(x,y) + min(x,0)) | x | x, y in R[m]
normnuc(X) + normspec(X) + norm21(X) | X | X in R[m,n]
var(x) + tr(expm(A)) | x | x in R[m]; A in R[m,m]
tr(X*X')^3 | X | X in R[m,n]
log(abs(det(A)))^2 + log(det(A)^2)^2 | A | A in R[m,m]
logdet(X'*X) | X | X in R[n,m]
sum(cumsum(x).*reverse(x)) | x | x in R[m]
sum(x[2:m].*exp(x[1:m-1])) + x[m]^3 | x | x in R[m]
x[2:3].^2 | x | x in R[m]
norm2(A*X[:,2:3])^2 + norm2(X[2:3,:]*B)^2 | X | X in R[m,n]; A in R[p,m]; B in R[n,q]
norm2(X[2:3,1:2])^2 | X | X in R[m,n]
norm2(X[2,:]*B)^2 + norm2(A*X[:,n])^2 + X[2,1]*X[1,2] | X | X in R[m,n]; A in R[p,m]; B in R[n,q]
tr(inv(S[1:2,1:2])) | S | S in SPD[m]
"""
SIZES = {"m": 3, "n": 4, "p": 2, "q": 3}


def values_for(d):
    """Random arrays of the declared shapes; symmetric ones positive definite."""
    found = dict(SIZES)
    for s in set(d.problem.variables) | symbols(d):
        m, n = (SIZES.get(str(k), k) for k in s.shape)
        a = rng.normal(size=(m, n)) / 2
        if "symmetric" in s.facts:
            a = a @ a.T + np.eye(m)
        if "lower" in s.facts:
            a = np.tril(a) + 2 * np.eye(m)
        a = np.abs(a) + 0.1 if "positive" in s.facts else a
        found[s.name] = a[:, 0] if n == 1 else a
        found[s.name] = float(a[0, 0]) if (m, n) == (1, 1) else found[s.name]
    return found


def symbols(d):
    return set(d.compile().inputs)


for k, line in enumerate(MORE.strip().split("\n")):
    text, wrt, where = line.split(" | ")
    derived = mc.derive(text, wrt, where, verify=False)
    CASES[f"more-{k + 1}"] = derived, values_for(derived)


def compiled(name, language):
    """The code of a case."""
    f = CASES[name][0].compile(language)
    assert f.source  # nothing is refused
    return f


# Values and calls as text


def call_of(f, values, language):
    """The function's name, and its arguments."""
    heads = re.findall(r"^function (?:.* = )?(\w+)\((.*)\)$", f.source, re.MULTILINE)
    name, given = heads[0] if language == "matlab" else heads[-1]
    order = [p.key for p in f.written.parameters]
    assert len(order) == len([x for x in given.split(", ") if x])
    return name, ", ".join(literal(values[k], language) for k in order)


def literal(value, language):
    """An array by columns; a vector of MATLAB has two axes."""
    a = np.asarray(value)
    if a.ndim == 0:
        return number(value)
    axes = a.shape if a.ndim == 2 or language == "julia" else (len(a), 1)
    entries = ", ".join(map(number, a.reshape(-1, order="F")))
    return f"reshape([{entries}], {', '.join(map(str, axes))})"


def number(x):
    if np.iscomplexobj(x):
        return f"complex({float(x.real)!r}, {float(x.imag)!r})"
    return str(x) if isinstance(x, int) else repr(float(x))


MATLAB_RUN = """\
cd('{folder}');
clear functions;
try
    r = {call};
    printf('case {name}:%s:', sprintf(' %d', size(r)));
    printf(' %.17g', real(r(:))); printf(':');
    printf(' %.17g', imag(r(:))); printf('\\n');
catch problem
    printf('failed {name}: %s\\n', problem.message);
end
"""
JULIA_RUN = """\
module Case{k}
include("{folder}/{function}.jl")
try
    r = {call}
    print("case {name}:", join([" $n" for n in size(r)]), ":")
    print(join([" $x" for x in real.(r)]), ":", join([" $x" for x in imag.(r)]), "\\n")
catch problem
    println("failed {name}: ", sprint(showerror, problem))
end
end
"""
RUNS = {
    "matlab": ("octave", ["--no-init-file", "--quiet"], MATLAB_RUN, "m"),
    "julia": ("julia", ["--startup-file=no"], JULIA_RUN, "jl"),
}


@cache
def special():
    """Whether Julia has its package of gamma functions here."""
    done = subprocess.run(["julia", "-e", "using SpecialFunctions"], capture_output=True)
    return done.returncode == 0


def runs(name, language):
    f = compiled(name, language)
    return language == "matlab" or "SpecialFunctions" not in f.source or special()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_agrees(language, tmp_path):
    program, options, template, ending = RUNS[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    chosen = [name for name in CASES if runs(name, language)]
    script = []
    for k, name in enumerate(chosen):
        f = compiled(name, language)
        function, arguments = call_of(f, CASES[name][1], language)
        folder = tmp_path / str(k)
        folder.mkdir()
        (folder / f"{function}.{ending}").write_text(f.source, "utf-8")
        call = f"{function}({arguments})"
        script.append(template.format(k=k, folder=folder, function=function, call=call, name=name))
    path = tmp_path / f"run_all.{ending}"
    path.write_text("\n".join(script), "utf-8")
    done = subprocess.run([program, *options, str(path)], capture_output=True, text=True)
    found = dict(re.findall(r"^case (.+?):(.*)$", done.stdout, re.MULTILINE))
    wrong = []
    for name in chosen:
        d, values = CASES[name]
        fault = fault_of(found.get(name), np.asarray(d.tensor(values)), language)
        wrong += [f"{name}: {fault}\n{compiled(name, language).source}"] if fault else []
    failed = "\n".join(x for x in done.stdout.split("\n") if x.startswith("failed"))
    assert not wrong, "\n".join([*wrong[:20], failed, done.stderr[-2000:]])
    print(f"{len(chosen)} of {len(CASES)} cases were run by {program}")
    assert len(chosen) > 400


def fault_of(line, wanted, language):
    """What is wrong with a printed array: the axes and entries of a case."""
    if line is None:
        return "not printed"
    axes, real, imaginary = (np.array(t.split(), float) for t in line.split(":"))
    shape = wanted.shape
    if language == "matlab":  # at least two axes, and none of length one at the end
        shape = [*shape, *[1] * (2 - wanted.ndim)]
        while len(shape) > 2 and shape[-1] == 1:
            shape.pop()
    if axes.astype(int).tolist() != list(shape):
        return f"its shape is {axes}"
    got = (real + 1j * imaginary).reshape(wanted.shape, order="F")
    apart = distance(got, wanted)
    return None if apart < EXACT else f"it is off by {apart:.1e}"


# Without an interpreter

WORD = r"[A-Za-z_]\w*"
OPENING = r"^\s*(?:function|for|if)\b"
KNOWN = {
    "matlab": """
        abs acos asin atan chol complex conj cos cosh cumsum det diag double eig erf erfc exp expm
        expm1 eye full gamma gammaln imag inv kron log log1p logm lu max mean min norm numel ones
        permute pinv prod psi real reshape sign sin sinh size sort sqrt sqrtm sum svd tan tanh
        toeplitz trace tril triu zeros
    """,
    "julia": """
        Diagonal Float64 Hermitian LowerTriangular Matrix Symmetric UpperTriangular abs acos argmax
        asin atan cholesky clamp conj cos cosh cumsum det diag digamma dot eigen eigvals erf erfc
        exp expm1 fill gamma hcat inv kron length log log1p logabsdet loggamma lu max maximum min
        minimum ones only opnorm permutedims pinv polygamma reshape sign sin sinh size sqrt sum svd
        svdvals tan tanh tr transpose tril triu vcat vec zeros
    """,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_of_the_language(language):
    """Blocks close, and what is called is known, defined, given, or an array that is indexed."""
    known = set(KNOWN[language].split())
    for name in CASES:
        code = "\n".join(
            line.split("%" if language == "matlab" else "#")[0]
            for line in compiled(name, language).source.split("\n")
        )
        assert len(re.findall(OPENING, code, re.M)) == len(re.findall(r"^\s*end$", code, re.M)), (
            code
        )
        for a, b in ("()", "[]"):
            assert code.count(a) == code.count(b), code
        assert "**" not in code and "@" not in code and "np." not in code, code
        heads = re.findall(r"^function (?:(.*) = )?(\w+)\((.*)\)$", code, re.M)
        defined = {h[1] for h in heads} | set(re.findall(WORD, " ".join(h[2] for h in heads)))
        assigned = set(re.findall(WORD, " ".join(re.findall(r"^\s*(\S.*?) = ", code, re.M))))
        called = set(re.findall(rf"({WORD})\.?\(", code)) - {"function", "if", "for"}
        assert called <= known | defined | assigned, (called - known - defined - assigned, code)


def test_least_squares_reads_as_by_hand():
    d = mc.derive("norm2(A*X - B)^2", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]")
    assert d.compile("matlab").source == (
        "function gradient = gradient_at(X, A, B)\n"
        "    % gradient = 2*A'*(A*X - B)\n"
        "    % given: X n×p, A m×n, B m×p\n"
        "    gradient = 2*(A'*(A*X - B));\n"
        "end\n"
    )
    assert d.compile("octave").source == d.compile("matlab").source
    assert "    return 2*(A'*(A*X - B))\n" in d.compile("julia").source


def test_second_derivatives_of_declared_functions_are_folded():
    """A tensor of four axes becomes a matrix of stacked columns, as these languages store it."""
    d = mc.derive("phi(W*X)", "W", "phi : R[m,n] -> R; W in R[m,q]; X in R[q,n]", order=2)
    assert "reshape(d2_phi(W*X), [m*n, m*n])" in d.compile(backend="matlab").source
    assert "reshape(d2_phi(W*X), m*n, m*n)" in d.compile(backend="julia").source


def test_several_outputs_and_values_computed_before():
    where = "X in R[m,n]; y in R[m]; w in R[n]"
    fixed = {"X": np.ones((3, 2)), "y": np.ones(3)}
    text = ("norm2(X*w - y)^2", "w", where, ("value", "gradient"))
    matlab = mc.compile(*text, backend="matlab").source
    assert matlab.startswith("function [value, gradient] = evaluate(w, X, y)\n")
    assert "    value = z'*z;\n    gradient = 2*(X'*z);\nend\n" in matlab
    assert "    return value, gradient\nend\n" in mc.compile(*text, backend="julia").source
    before = mc.compile(*text[:3], "hessian", backend="matlab", fixed=fixed).source
    assert "constants(X)" in before and "X'*X" in before


NAMES = "end function σ Σ gradient sum I i pi value exp_ __x sigmoid eigvals Matrix diag"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES.split())
def test_names_are_ones_that_the_language_can_have(language, name):
    try:
        d = mc.derive(
            f"{name}*sum(sigmoid(x))*lambda_max(A)", "x", f"{name} in R; x in R[n]; A in Sym[n]"
        )
    except mc.MatcalcError:
        return  # the language of formulas itself refuses the name
    f = d.compile(language)
    main = re.search(r"^function (?:.* = )?gradient\w*\((.*)\)$", f.source, re.M)[1].split(", ")
    assert len(set(main)) == 3
    for given in main:
        assert given not in ("end", "function", "sum", "sigmoid", "lambda_max")
        assert given not in ("I", "Matrix") or language == "matlab"
        assert given.isidentifier() and (language == "julia" or given.isascii())
        assert not given.startswith("_") or language == "julia"


def test_what_code_for_elsewhere_refuses():
    d = mc.derive("x'*A*x", "x", "A in R[n,n]; x in R[n]")
    f = d.compile("julia")
    with pytest.raises(mc.NotSupportedError, match="calling code for julia from Python"):
        f(A=np.eye(2), x=np.ones(2))
    with pytest.raises(mc.NotSupportedError, match="calling code for octave"):
        d.compile("octave").flat()
    with pytest.raises(mc.NotSupportedError, match="operators in code for matlab"):
        d.compile("matlab", "operator")
    with pytest.raises(mc.NotSupportedError, match="single precision in code for matlab"):
        mc.compile("x'*x", "x", backend="matlab", dtype="float32")
    for language in LANGUAGES:
        fréchet = mc.derive("sum(logm(X))", "X", "X in R[n,n]", verify=False)
        with pytest.raises(mc.NotSupportedError, match=rf"logm\)\(A,E\) in code for {language}"):
            fréchet.compile(language).source  # noqa: B018


def test_on_the_command_line(capsys):
    from matcalc.cli import main

    assert main(["derive", "norm2(A*x - y)^2", "--wrt", "x", "--code", "octave"]) == 0
    assert "    gradient = 2*(A'*(A*x - y));\n" in capsys.readouterr().out
    assert main(["derive", "norm2(A*x - y)^2", "--wrt", "x", "--code", "julia"]) == 0
    assert "    return 2*(A'*(A*x - y))\n" in capsys.readouterr().out
