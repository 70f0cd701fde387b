"""docs/functions.md is what the records say."""

import functions_document

from matcalc.functions import registry
from matcalc.repl.manual import distinct


def test_the_document_is_up_to_date():
    """After a change of records: python tests/project/functions_document.py"""
    written = functions_document.DOCUMENT.read_text(encoding="utf-8")
    assert written == functions_document.document()


def test_every_function_is_in_it():
    text = functions_document.document()
    for by_arity in registry().values():
        for f in distinct(by_arity.values()):
            assert f"**`{f.head if f.parameters else f.name}`**" in text
            assert f.source in text and f.doc in text
