"""Holds the JSON schema against models: it accepts the good ones of the
repository, and refuses the bad ones that a schema can refuse.

usage: schema_test.py SOURCE_DIRECTORY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Iterator

from jsonschema import Draft202012Validator

MARK = "schema: "


def bad_models(tables: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each case of the tables."""
    for table in sorted(tables.glob("*.txt")):
        for case in ("\n" + table.read_text(encoding="utf-8")).split("\n== ")[1:]:
            name, rest = case.split("\n", 1)
            yield name, rest.split("\n--\n", 1)[0]


def parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None  # no JSON: no model either


def main() -> int:
    source = Path(sys.argv[1])
    schema = json.loads((source / "frontend/model.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failures: list[str] = []

    good = [
        path
        for pattern in ("examples/*/model.json", "test/golden/*/model.json", "bench/models/*.json")
        for path in sorted(source.glob(pattern))
    ]
    for path in good:
        for error in validator.iter_errors(json.loads(path.read_text())):
            failures.append(f"{path}: {error.message}")

    bad = list(bad_models(source / "test/frontend/bad_models"))
    for name, text in bad:
        refused = not validator.is_valid(parse(text))
        if refused != name.startswith(MARK):
            failures.append(f"bad model '{name}': refused by the schema: {refused}")

    print(f"{len(good)} good models, {len(bad)} bad ones, {len(failures)} failures")
    print("\n".join(failures))
    return 1 if failures or not good or not bad else 0


if __name__ == "__main__":
    sys.exit(main())
