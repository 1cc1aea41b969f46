"""`python -m harness.schema [DIRECTORY]`: writes the JSON Schemas of the files that a run leaves, from their models."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harness.schema.gate import GateContent
from harness.schema.judged import Judged
from harness.schema.results import Results
from harness.schema.typed import Row

DOCUMENTED: dict[str, type[Row]] = {"results": Results, "gate": GateContent, "judge": Judged}


class _Plain(GenerateJsonSchema):
    """Without a title for every field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[Row]) -> dict[str, Any]:
    """What files of this model hold, in the words of JSON: null for None."""
    content = model.model_json_schema(
        mode="serialization", by_alias=True, schema_generator=_Plain, union_format="primitive_type_array"
    )
    return {"$schema": _Plain.schema_dialect, **_in_json(content)}


def _in_json(content: Any) -> Any:
    if isinstance(content, list):
        return [_in_json(one) for one in content]
    if not isinstance(content, dict):
        return content
    said = content.get("description")
    told = {"description": re.sub(r"\bNone\b", "null", said)} if isinstance(said, str) else {}
    return {name: _in_json(value) for name, value in content.items()} | told


def files() -> dict[str, str]:
    """Name and text of every schema's file."""
    return {f"{name}.schema.json": json.dumps(schema_of(model), indent=1) + "\n" for name, model in DOCUMENTED.items()}


if __name__ == "__main__":
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (directory / name).write_text(text, encoding="utf-8")
        print(directory / name)
