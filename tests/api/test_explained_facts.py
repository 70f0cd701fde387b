"""What is known of an expression, with the reason, in Python and at the REPL."""

import matcalc as mc
from matcalc.repl.session import Session


def test_facts_come_with_their_reasons():
    found = dict(mc.explain_facts("B'*S*B", "S in SPD[n]; B in R[n,p]"))
    assert found == {"positive semidefinite": "B'*S*B: S positive definite"}
    assert mc.explain_facts("A*B", "A, B in R[n,n]") == []


def test_the_repl_shows_them():
    session = Session()
    session.feed("Q, P in Orth[n]")
    reply = session.feed(":facts Q*P")
    assert reply.lines == ["orthogonal: a product of orthogonal matrices"]
    assert session.feed(":facts").error.startswith("unknown name: no expression")
    assert session.feed(":facts Q + P").lines == ["nothing is known of it"]
