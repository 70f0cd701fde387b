"""Long derivations: the answer is verified; that the lines are not is said."""

import matcalc as mc


def test_lines_left_out_are_mentioned():
    text = " + ".join(f"sum(exp({k}*x))" for k in range(1, 150))
    d = mc.derive(text, "x", verify=False)
    found = d.verify(trials=1, directions=1)
    assert found.ok and found.message == (
        "the lines of this long derivation are checked by verify(steps=True)"
    )
    assert mc.derive("x'*x", "x").verification.message == ""
