"""Taught messages, with the place they point at. The place is where the caret stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc.errors import MatcalcError, ParseError
from matcalc.syntax import parse_program

# A line of text, a caret (or several) under what is wrong, a message.
EXAMPLES = r"""
A X
  ^ juxtaposition is not a product: write A*X
2x
 ^ juxtaposition is not a product: write 2*x
2(x+1)
 ^^^^^ juxtaposition is not a product: write 2*(x+1)
(x+1)(y + 2)
     ^ juxtaposition is not a product: write (x+1)*(y + 2)
x'y
  ^ juxtaposition is not a product: write x'*y
tr(A) tr(B)
      ^ juxtaposition is not a product: write tr(A)*tr(B)
x^-2(y)
    ^ juxtaposition is not a product: write x^-2*(y)
sin x
    ^ juxtaposition is not a product: write sin*x, or sin(x) for a call
1.2.3
^ '1.2.3' is not a number
2.+x
 ^ a number has digits on both sides of its point: write 2.0
A . B
  ^ '.' is not an operator: write * for a product, .* elementwise

tr(A*(B+C)
  ^ '(' is never closed
X in R[m
      ^ '[' is never closed
A+B)
   ^ ')' closes nothing
(A+B]
    ^ ']' does not close '('
[1,2;3,4]
^ '[' begins no expression: a matrix of blocks is block(A,B;C,D)

A*
 ^ an operand is missing after '*'
A*; B
 ^ an operand is missing after '*'
*A
^ an operand is missing before '*'
A+*B
  ^ an operand is missing between '+' and '*'
tr(A+)
    ^ an operand is missing after '+'
f(x,)
    ^ an argument is missing between ',' and ')'
f(,x)
  ^ an argument is missing between '(' and ','
X[,1]
  ^ an index is missing between '[' and ','
()
 ^ the parentheses are empty
a^b^c
   ^ a^b^c needs parentheses: write (a^b)^c or a^(b^c)
a^b²
   ^ a^b^c needs parentheses: write (a^b)^c or a^(b^c)
a^b[i]
   ^ an index after a power needs parentheses: (X^2)[i,j] or a^(b[i])
X^-T
 ^^^ an inverse and a transpose are two steps: write X^-1'
'abc'
^ a quote is a transpose and stands after an operand: there are no texts in quotes
2*\lambda
  ^ names have no backslash: write 'lambda'
A, B
 ^ ',' outside brackets: separate statements by ';' or a new line
(A, B)
  ^ ',' separates the arguments of a function: is its name missing?
(A; B)
  ^ ';' separates the rows of block(A,B;C,D), and statements

A == B
  ^^ '==' is not in the language: write '=' to define a name
A**B
 ^^ '**' is not in the language: write '^' for a power, '.^' for an elementwise power
X.'
 ^^ ".'" is not in the language: write ', which never conjugates, or ^H, which does
A × B
  ^ unexpected character '×': write * for a product, R[m,n] for sizes
x_{1}
  ^ the index belongs to the name: write x_1
X^{2}
  ^ unexpected character '{': group with parentheses ( ), index with brackets [ ]
"abc"
^ unexpected character '"': there are no texts in quotes
|x|
^ unexpected character '|': write abs(x), det(X) or norm2(x)
∇f
^ unexpected character '∇': write grad E wrt X
½*x
^ unexpected character '½' (U+00BD VULGAR FRACTION ONE HALF): write 1/2
x̂ + 1
^ 'x̂' is not a name: names are made of letters, digits and _

sum(i in n, x)
          ^ the range of a sum is written 1..n: sum(i in 1..n, body)
sum(i in 1:n, x)
            ^ the range of a sum is written 1..n: sum(i in 1..n, body)
sum(i in 1..n)
             ^ the body of the sum is missing: write sum(i in 1..n, body)
prod(i in 1..n, x)
^^^^ only sum runs over an index: write sum(i in 1..n, body)
sum(x, i in n)
         ^ 'in' inside brackets belongs to a sum: write sum(i in 1..n, body)
1..n
 ^ '..' belongs to a sum: write sum(i in 1..n, body)
x[1..3]
   ^ a range in an index is written with a colon: x[1:3]
x[1:2:3]
     ^ a range has two ends and no step: x[1:3]
x[::2]
   ^ a range has two ends and no step: x[1:3]

X in
  ^^ a set is missing after 'in': write R[m,n]
in R
^^ a name is missing before 'in': write X in R[m,n]
X Y in R
  ^ separate the names by commas: A, B in R[n,n]
tr(X) in R
  ^ only names are declared: write X in R[m,n]
X in 3
     ^ a set is expected after 'in', such as R[m,n] or Sym[n]
X in R^n
      ^ the sizes of a set stand in square brackets: write R[n] or R[m,n]
X in R(m,n)
      ^ the sizes of a set stand in square brackets: write R[n] or R[m,n]
X in R[m n]
         ^ separate the sizes by commas, as in R[m,n], or multiply by *
X in R[m,]
         ^ a size is missing: write R[n] or R[m,n]
X in R, Y
         ^ 'in' and a set are missing after 'Y'
X in R[:,n]
       ^ a size is a number, a name or their arithmetic
X in R Y in R
       ^ 'Y' cannot follow a set: separate declarations by ';', ',' or a new line
X in R = 3
       ^ a declaration gives no value: define the name in another statement
phi R -> R
    ^ a signature is a name, ':' and sets: write phi : R[m,n] -> R
phi : R ->
        ^^ a set is missing after '->': write R[m,n]
phi : R -> R -> R
             ^^ a signature has one '->': separate the arguments by commas
f(x -> x)
    ^^ '->' belongs to a signature: phi : R[m,n] -> R

a + b = c
  ^ what is defined is a name or a function of names: D = W*X, f(x) = x^2
f(2) = 3
  ^ what is defined is a name or a function of names: D = W*X, f(x) = x^2
a = b = c
      ^ a second '=': a statement defines one name
= 3
^ a name is missing before '=': write D = W*X
D =
  ^ an expression is missing after '='
mean(x, axis=1)
            ^ '=' inside brackets: arguments have no names, write mean(X,1) or mean(X,2)
softmax(X, dim=1)
              ^ '=' inside brackets: arguments have no names, write rows(softmax)(X)
f(x, axis=1)
         ^ '=' inside brackets: arguments have no names, they go by position
f(x, n=1)
      ^ '=' inside brackets: arguments have no names, they go by position
np.linalg.inv(X)
  ^ a function stands alone, before its arguments: write inv(...)
X.trace()
 ^ a function stands alone, before its arguments: write trace(...)
X.transpose()
 ^ write X' for the transpose
\frac{1}{2}
^ LaTeX is printed and not read: for \frac write a/b
\mathrm{tr}(X)
^ LaTeX is printed and not read: for \mathrm write the name alone
\|A*x - b\|^2
^ LaTeX is printed and not read: for \| write norm2(x)
\sum_{i=1}^n x_i
^ LaTeX is printed and not read: for \sum write sum(i in 1..n, body)
x^{\top} A x
   ^ LaTeX is printed and not read: for \top write X'
A \in \mathbb{R}
  ^ LaTeX is printed and not read: for \in write X in R[m,n]
2*\lambda
  ^ names have no backslash: write 'lambda'
sin^2(x)
     ^^^ a power stands after the argument: write sin(x)^2
tan⁻¹(x + y)
     ^^^^^^^ a power stands after the argument: write tan(x + y)⁻¹
x^2(y)
   ^^^ juxtaposition is not a product: write x^2*(y)
log det X
    ^^^ juxtaposition is not a product: write log*det, or log(det(X)) for a call
relu(x > 0)
       ^ unexpected character '>': there are no comparisons in the language: step(x) is 1 for x > 0

grad f
^^^^ 'wrt' is missing: write grad E wrt X
hess tr(X*X)
^^^^ 'wrt' is missing: write hess E wrt X
E wrt X
^ a request begins with grad, jac, hess or diff: write grad E wrt X
Hessian of E wrt X
^ a request begins with grad, jac, hess or diff: write hess E wrt X
grad wrt X
     ^^^ an expression is missing between 'grad' and 'wrt'
grad E wrt
          ^ the name of a variable is missing after 'wrt'
grad E wrt X'
            ^ after 'wrt' stand names of variables and nothing else: wrt X, Y
grad E wrt X Y
             ^ separate the variables by commas: wrt X, Y
d/dX E wrt X
       ^^^ 'wrt' is one too many: d/dX says already by what to differentiate
G = grad E wrt X
           ^^^ a request is a statement of its own and has no name: write grad E wrt X
f(x wrt x)
    ^^^ 'wrt' inside brackets: a request is a statement of its own
grad (f)(x) wrt x
        ^ the first 'grad' is the request itself: to call 'grad (f)' in it, begin with 'grad grad'
"""


def examples():
    found = []
    lines = [line for line in EXAMPLES.splitlines() if line]
    for text, answer in zip(lines[::2], lines[1::2], strict=True):
        column = len(answer) - len(answer.lstrip(" ")) + 1
        found.append(pytest.param(text, column, answer.lstrip(" ^"), id=text))
    return found


def refusal(text: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse_program(text)
    return caught.value


@pytest.mark.parametrize(("text", "column", "message"), examples())
def test_messages(text, column, message):
    error = refusal(text)
    assert error.message == message
    assert error.position == (1, column)


@pytest.mark.parametrize(("text", "column", "message"), examples())
def test_an_error_keeps_its_place_in_a_longer_text(text, column, message):
    before = "A in R[n,n]; # comment\n\nD = A*A'\n"
    error = refusal(f"{before}{text}")
    assert (error.message, error.position) == (message, (4, column))


def test_the_picture_marks_both_operands():
    assert str(refusal("(A+B) tr(X)")) == (
        "syntax error: juxtaposition is not a product: write (A+B)*tr(X)\n"
        "    (A+B) tr(X)\n"
        "    ~~~~~ ^^~~~"
    )


def test_a_bracket_that_is_open_at_the_end_of_a_line_is_the_cause():
    error = refusal("D = tr(A*X\ny = 2")
    assert (error.message, error.position) == ("'(' is never closed", (1, 7))


def test_an_operator_at_the_end_of_a_line():
    error = refusal("A +\nB")
    assert error.position == (1, 3)
    assert error.message == (
        "an operand is missing after '+': a statement goes on in the next line only inside brackets"
    )


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\u202e", "unexpected character (U+202E RIGHT-TO-LEFT OVERRIDE)"),
        ("\u200b", "unexpected character (U+200B ZERO WIDTH SPACE)"),
        ("\x00", "unexpected character (U+0000 a character without a name)"),
        ("\ud800", "unexpected character (U+D800 a character without a name)"),
        ("☃", "unexpected character '☃' (U+2603 SNOWMAN)"),
        ("$", "unexpected character '$': write the formula without dollars"),
        ("\x07", "unexpected character (U+0007 a character without a name)"),
        ("ᵃ", "unexpected character 'ᵃ' (U+1D43 MODIFIER LETTER SMALL A): write a power as ^2, "
         "a transpose as '"),
    ],
)  # fmt: skip
def test_characters_that_cannot_be_seen_are_named(character, shown):
    assert refusal(f"a{character}").message == shown


def test_text_is_data():
    """What looks like Python or a format is a name, a call or an error, and is never executed."""
    assert parse_program("__import__(os)").statements
    for text in ("{0.__class__}", "{text}", "%s", "f'{x}'", "__import__('os').system('ls')"):
        refusal(text)


PIECES = r"""
    A x f 2 .5 d/dX dX d grad jac hess wrt in ∈ R R+ sum I T X^T X.T X^H ( ) [ ] , ; : .. -> =
    + - * / @ .* ./ \ ⊙ ⊗ ^ .^ ' ² ⁻¹ ᵀ · − == ** := { } " × . .' ½ x̂ _ ^-T ⁻ᵀ ₁ # 1..n
"""
FRAGMENTS = [*PIECES.split(), " ", "\n", "\r\n", "(", ")", "[", "]", "i in 1..n,"]


def never_anything_but_a_matcalc_error(text: str) -> None:
    try:
        parse_program(text)
    except MatcalcError as error:
        assert "\n" not in error.message and len(error.message) < 250
        assert error.position is not None
        assert str(error)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
@settings(max_examples=1000, deadline=None)
def test_random_pieces_of_the_language(text):
    never_anything_but_a_matcalc_error(text)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(" ".join))
@settings(max_examples=1000, deadline=None)
def test_random_tokens_of_the_language(text):
    never_anything_but_a_matcalc_error(text)


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_random_text(text):
    never_anything_but_a_matcalc_error(text)
