"""Writing to streams whose encoding may lack the characters of mathematics."""

from __future__ import annotations

import os
from typing import TextIO

# What derivations are made of; a stream that has these shows them all, or nearly.
PROBE = "∂φᵀ⁻¹⊙‖∇𝟏−"

_PLAIN = str.maketrans(
    {"×": "x", "≠": "!=", "≥": ">=", "≤": "<=", "−": "-", "…": "...", "‖": "||", "—": "-"}
)


def has_unicode(stream: TextIO) -> bool:
    """Whether a stream can show a derivation as on paper."""
    return _encodable(PROBE, stream)


def write(stream: TextIO, text: str) -> None:
    """Write lines; what the stream's encoding lacks is spelt in ASCII, never an exception."""
    if not _encodable(text, stream):
        encoding = _encoding(stream)
        text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text + "\n")


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _encodable(text: str, stream: TextIO) -> bool:
    try:
        text.encode(_encoding(stream))
    except UnicodeEncodeError:
        return False
    return True


def fault_text(error: Exception) -> str:
    """What is said of an exception that is no MatcalcError: a fault of ours, without a traceback.

    With MATCALC_DEBUG set it is raised again, for whoever looks for the fault.
    """
    if os.environ.get("MATCALC_DEBUG"):
        raise error
    about = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"internal error: {about}\nthis is a fault of matcalc; please report it with the input"
