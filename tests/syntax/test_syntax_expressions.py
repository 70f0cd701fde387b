"""The expressions of the language: what binds to what, shown as s-expressions."""

import pytest

from matcalc.syntax import parse_expression


@pytest.fixture
def read(shown):
    return lambda text: shown(parse_expression(text))


def check(examples: str):
    """A test for each line `text -> s-expression`."""
    lines = [line.strip() for line in examples.strip().splitlines()]
    pairs = [tuple(part.strip() for part in line.split(" => ")) for line in lines]
    return pytest.mark.parametrize(("text", "tree"), pairs, ids=[text for text, _ in pairs])


@check("""
    a + b - c        => (- (+ a b) c)
    a - (b + c)      => (- a (+ b c))
    A : B + C        => (+ (: A B) C)
    G : dW*X + G : W => (+ (: G (* dW X)) (: G W))
    A : B : C        => (: (: A B) C)
    A : B ⊗ C        => (: A (⊗ B C))
    I ⊗ A'*A         => (⊗ I (* (T A) A))
    A ⊗ B ⊗ C        => (⊗ (⊗ A B) C)
    A*B/C            => (/ (* A B) C)
    A\\b*c           => (* (\\ A b) c)
    a .* b ./ c @ d  => (@ (./ (.* a b) c) d)
    x ⊙ y * z        => (* (.* x y) z)
    -a*b             => (* (- a) b)
    a*-b             => (* a (- b))
    a - -b           => (- a (- b))
    --a              => (- (- a))
    -a^2             => (- (^ a 2))
    -A'              => (- (T A))
    1/2*x            => (* (/ 1 2) x)
    ((a))            => a
""")
def test_levels_from_the_loosest_to_the_tightest(read, text, tree):
    assert read(text) == tree


@check("""
    +a               => a
    +a*+b            => (* a b)
    a - +b           => (- a b)
    a^+2             => (^ a 2)
""")
def test_a_plus_sign_leaves_no_node(read, text, tree):
    assert read(text) == tree


@check("""
    X^-1'            => (T (^ X (- 1)))
    X'^2             => (^ (T X) 2)
    X''              => (T (T X))
    a^b'             => (T (^ a b))
    a^f(x)           => (^ a f[x])
    a^f(x)'          => (T (^ a f[x]))
    a^grad(f)(x)     => (^ a grad[f][x])
    a^(b+c)          => (^ a (+ b c))
    a^-b             => (^ a (- b))
    a^-(b)           => (^ a (- b))
    a.^b'            => (T (.^ a b))
    (a^b)^c          => (^ (^ a b) c)
    a^(b^c)          => (^ a (^ b c))
    a'^b'            => (T (^ (T a) b))
    X^2'^3           => (^ (T (^ X 2)) 3)
    f(x)^2           => (^ f[x] 2)
    x[1]^2           => (^ (at x 1) 2)
    x^1/2            => (/ (^ x 1) 2)
""")
def test_postfix_operators_go_from_left_to_right(read, text, tree):
    assert read(text) == tree


@check("""
    X^T              => (T X)
    X.T              => (T X)
    X^H              => (H X)
    X ^ T            => (T X)
    X^T*Y            => (* (T X) Y)
    X.T.T            => (T (T X))
    X^T'             => (T (T X))
    X^2.T            => (T (^ X 2))
    X^Ta             => (^ X Ta)
    X^T_1            => (^ X T_1)
    X^Hess           => (^ X Hess)
    X^(T)            => (^ X T)
    x.^T             => (.^ x T)
    T                => T
    T.T              => (T T)
""")
def test_power_t_always_transposes_and_longer_names_do_not(read, text, tree):
    assert read(text) == tree


@check("""
    y.^2.*z          => (.* (.^ y 2) z)
    1./x             => (./ 1 x)
    2.*x             => (.* 2 x)
    2.^x             => (.^ 2 x)
    2.5.*x           => (.* 2.5 x)
    .5*x             => (* .5 x)
    x.*.5            => (.* x .5)
    1e-3*x           => (* 1e-3 x)
    1.5E+2           => 1.5E+2
    x'.*y            => (.* (T x) y)
    e2               => e2
""")
def test_a_number_does_not_swallow_the_point_of_an_operator(read, text, tree):
    assert read(text) == tree


@check("""
    f(x)             => f[x]
    f()              => f[]
    tr(A'*A)         => tr[(* (T A) A)]
    polygamma(1,x)   => polygamma[1 x]
    block(A,B;C,D)   => block[A B; C D]
    grad(phi)(D)     => grad[phi][D]
    grad(f,k)(x,y)   => grad[f k][x y]
    rows(softmax)(X) => rows[softmax][X]
    frechet(expm)(X,E) => frechet[expm][X E]
    f'(x)            => (T f)[x]
    f''(x)           => (T (T f))[x]
    f(x)'            => (T f[x])
    f (x)            => f[x]
""")
def test_calls(read, text, tree):
    assert read(text) == tree


def test_the_arguments_of_a_call_with_rows_are_also_one_list(shown):
    call = parse_expression("block(A,B;C,D)")
    assert shown(call.arguments) == "A B C D"
    assert parse_expression("f(A,B)").rows is None


@check("""
    X[i,j]           => (at X i j)
    X[:,j]           => (at X _.._ j)
    x[1:3]           => (at x 1..3)
    x[2:]            => (at x 2.._)
    x[:n-1]          => (at x _..(- n 1))
    x[(A:B)]         => (at x (: A B))
    x[tr(A:B)]       => (at x tr[(: A B)])
    a[i]'*x          => (* (T (at a i)) x)
    (A*B)[1,2]       => (at (* A B) 1 2)
    X'[1,2]          => (at (T X) 1 2)
    X[1,2][3]        => (at (at X 1 2) 3)
    f(x)[1]          => (at f[x] 1)
""")
def test_indices_and_ranges(read, text, tree):
    assert read(text) == tree


@check("""
    sum(i in 1..n, (a[i]'*x - b[i])^2) => (sum i 1 n (^ (- (* (T (at a i)) x) (at b i)) 2))
    sum(i ∈ 1..n+1, sum(j in i..m, X[i,j])) => (sum i 1 (+ n 1) (sum j i m (at X i j)))
    2^sum(i in 1..n, i) => (^ 2 (sum i 1 n i))
    sum(x)           => sum[x]
    sum(X, 1)        => sum[X 1]
""")
def test_sums_over_an_index(read, text, tree):
    assert read(text) == tree


@check("""
    Xᵀ               => (T X)
    Xᴴ               => (H X)
    X²               => (^ X 2)
    X³ + x¹⁰         => (+ (^ X 3) (^ x 10))
    X⁻¹              => (^ X (- 1))
    X⁻¹ᵀ             => (T (^ X (- 1)))
    Xᵀ²              => (^ (T X) 2)
    X^T²             => (^ (T X) 2)
    (a+b)²           => (^ (+ a b) 2)
    a − b            => (- a b)
    −a               => (- a)
    a · b ⋅ c        => (* (* a b) c)
    x′*y’            => (* (T x) (T y))
    A⊗B              => (⊗ A B)
""")
def test_symbols_that_people_paste(read, text, tree):
    assert read(text) == tree


@check("""
    x_1 + Sigma_k    => (+ x_1 Sigma_k)
    Σ*λ              => (* Σ λ)
    _x               => _x
    π                => π
    ℝ                => R
    x₁₂              => x12
    ﬁt               => fit
    µ                => μ
    é                => é
    dX               => dX
    in + wrt + d     => (+ (+ in wrt) d)
    grad*hess        => (* grad hess)
    f(in, wrt)       => f[in wrt]
    lambda + class   => (+ lambda class)
    __class__        => __class__
    d/dX             => (/ d dX)
    d/dX*2           => (* (/ d dX) 2)
""")
def test_names_are_nfkc_and_no_word_is_reserved(read, text, tree):
    assert read(text) == tree


@check("""
    (a \\n + b)      => (+ a b)
    f(a,\\n\\n b)    => f[a b]
    X[1, # row \\n 2]  => (at X 1 2)
    a + b # + c      => (+ a b)
    \\n\\n a \\n     => a
    a ;              => a
""")
def test_newlines_inside_brackets_and_comments_do_not_count(read, text, tree):
    assert read(text.replace("\\n", "\n")) == tree
