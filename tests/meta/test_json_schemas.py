"""The committed JSON Schemas are those of the models."""

from __future__ import annotations

import pytest

from scripts.json_schemas import MODELS, json_schema
from tests.meta.repository import read


@pytest.mark.parametrize("name", MODELS)
def test_schema_is_the_models(name: str) -> None:
    """docs/formats/schemas holds what `make schemas` would write."""
    assert read(f"docs/formats/schemas/{name}.schema.json") == json_schema(name)
