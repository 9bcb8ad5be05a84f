"""Imports jsonschema in a tenth of the time, if it is imported before Jupyter's parts, which all import it.

jsonschema imports rfc3987_syntax, which compiles 38 grammars of web addresses (0.7 s) for the formats "iri" and
"iri-reference". Here they are compiled when such a format is first checked; no schema of a notebook has one.
"""
import sys
from importlib.util import find_spec
from types import ModuleType

NAME = "rfc3987_syntax"


def is_valid_syntax(rule: str, text: str) -> bool:
    """Check a text by the grammar of that name, with the real module, which takes the place of this one."""
    from rfc3987_syntax import is_valid_syntax as check
    return check(rule, text)


if NAME not in sys.modules and find_spec(NAME):
    stand_in = ModuleType(NAME)
    stand_in.is_valid_syntax = is_valid_syntax
    sys.modules[NAME] = stand_in
    try:
        import jsonschema
    finally:
        del sys.modules[NAME]
