"""papermill's parameters in TypeScript: `papermill -p epochs 3 in.ipynb out.ipynb`.

papermill knows entry points for engines only, so the engine brings the translator with it.
"""
import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    """Writes assignments: the cell tagged "parameters" declares its names by `let`, with their types."""

    @classmethod
    def translate(cls, val):
        if isinstance(val, float) and not math.isfinite(val):
            return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(val, "NaN")
        if isinstance(val, dict):
            return "{ " + ", ".join(f"{json.dumps(str(key))}: {cls.translate(one)}" for key, one in val.items()) + " }"
        if isinstance(val, (list, tuple)):
            return "[" + ", ".join(map(cls.translate, val)) + "]"
        return json.dumps(val, ensure_ascii=False, default=str)

    @classmethod
    def assign(cls, name, str_val):
        return f"{name} = {str_val};"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".rstrip()

    @classmethod
    def inspect(cls, parameters_cell):
        """What the cell declares, each on a line of its own; a comment behind it says what it is."""
        declared = re.finditer(r"^\s*let\s+([\w$]+)(?:\s*:\s*([^=\n]+?))?\s*=\s*(.*?);?[ \t]*(?://[ \t]*(.*))?$", parameters_cell.source, re.M)
        return [Parameter(name=m[1], inferred_type_name=m[2] or "None", default=m[3], help=m[4] or "") for m in declared]


class GraftEngine(NBClientEngine):
    """papermill's own; its name is what brings the translator."""


for name in ("graft", "typescript"):  # by kernel, by language
    papermill_translators.register(name, TypeScriptTranslator)
