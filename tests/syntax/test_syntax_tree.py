"""The tree: places in the text, walking, and depth."""

import gc

import pytest

from matcalc.syntax import parse_expression, parse_program
from matcalc.syntax.tree import Binary, Name, Number, SetExpr, children, postorder


def spans(text: str) -> list[str]:
    return [text[slice(*node.span)] for node in postorder(parse_expression(text))]


def test_parentheses_are_not_in_the_span_of_a_node_but_of_what_contains_it():
    assert spans("(A+B)*(C)") == ["A", "B", "A+B", "C", "(A+B)*(C)"]
    assert spans("((A))'") == ["A", "((A))'"]
    assert spans("f((x), +y)") == ["f", "x", "y", "f((x), +y)"]
    assert spans("-(a)^(2)") == ["a", "2", "(a)^(2)", "-(a)^(2)"]
    assert spans("X[(i), 2:(n)]") == ["X", "i", "2", "n", "2:(n)", "X[(i), 2:(n)]"]
    assert spans("X⁻¹*y") == ["X", "¹", "⁻¹", "X⁻¹", "y", "X⁻¹*y"]


def test_the_place_of_an_operator():
    text = "A*x  + y"
    node = parse_expression(text)
    assert text[slice(*node.op_span)] == "+"


@pytest.mark.parametrize(
    "text",
    [
        "(A+B)*(C-(D'))^2 : -f((x))(y)' + X[(1), a:b]*sum(i in (1)..n, (x[i]))",
        "block(A,(B);C,D)' ⊗ ((a)^(b))^-(c) .* 2",
        "x₁*(ﬁt + ℝ)^T",
    ],
)
def test_the_span_of_every_node_reads_as_the_node(shown, text):
    for node in postorder(parse_expression(text)):
        if type(node).__name__ != "Range":
            assert shown(parse_expression(text[slice(*node.span)])) == shown(node)


def test_the_spans_of_statements_and_of_what_is_in_them():
    text = " A , B in R+[ m, (n) ] ;f(x) = (x); g : R -> R+[n] ;grad (x) wrt A, B # end"
    program = parse_program(text)
    assert program.text == text
    assert [text[slice(*s.span)] for s in program.statements] == [
        "A , B in R+[ m, (n) ]",
        "f(x) = (x)",
        "g : R -> R+[n]",
        "grad (x) wrt A, B",
    ]
    sets = [text[slice(*n.span)] for n in postorder(program) if isinstance(n, SetExpr)]
    assert sets == ["R+[ m, (n) ]", "R", "R+[n]"]


def test_walking_meets_every_node_once_after_its_children():
    program = parse_program(
        "A in R[n]; f : R -> R; g(x) = f(x)'; grad x[1:2] wrt x; sum(i in 1..n, i)"
    )
    seen = list(postorder(program))
    place = {id(node): i for i, node in enumerate(seen)}
    assert len(place) == len(seen) and seen[-1] is program
    assert all(place[id(c)] < place[id(node)] for node in seen for c in children(node))


def test_children_stand_in_the_order_of_the_text():
    assert [c.name for c in children(parse_expression("f(a, b; c)"))] == ["f", "a", "b", "c"]


def test_nodes_are_immutable_and_compare_by_identity():
    node = parse_expression("a")
    with pytest.raises(AttributeError):
        node.name = "b"
    assert node != parse_expression("a")
    assert len({node, parse_expression("a")}) == 2


def test_the_representation_of_a_node_stays_small():
    assert repr(parse_expression("2*x")) == "Binary(op='*', span=(0, 3))"
    assert len(repr(parse_program("x+" * 1000 + "x"))) < 100


DEEP = {
    "parentheses": ("(" * 10_000 + "x" + ")" * 10_000, Name),
    "calls": ("f(" * 9_999 + "x" + ")" * 9_999, None),
    "indices": ("x[" * 9_999 + "1" + "]" * 9_999, None),
    "exponents": ("x^(" * 9_999 + "1" + ")" * 9_999, Binary),
    "minus": ("-" * 50_000 + "x", None),
    "plus": ("+" * 50_000 + "2", Number),
    "quotes": ("x" + "'" * 50_000, None),
    "sum": ("x+" * 25_000 + "x", Binary),
    "statements": ("a = 1\n" * 10_000 + "b;", None),
    "arguments": ("f(" + "x," * 25_000 + "x)", None),
    "comments": ("# (((\n" * 10_000, None),
    "digits": ("9" * 100_000, Number),
    "name": ("x" * 100_000, Name),
}


@pytest.mark.parametrize("case", DEEP)
def test_deep_and_long_texts_do_not_blow_up(case):
    """Neither while parsing and walking nor when the tree is thrown away."""
    text, kind = DEEP[case]
    program = parse_program(text)
    assert sum(1 for _ in postorder(program)) >= 1
    assert repr(program)
    if kind is not None:
        assert isinstance(program.statements[0].expression, kind)
    del program
    gc.collect()
