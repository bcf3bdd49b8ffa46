"""The committed JSON Schemas are those of the models."""

from __future__ import annotations

import pytest

from scripts.json_schemas import MODELS, VERIFYING_API, json_schema, verifying_api
from tests.meta.repository import read


@pytest.mark.parametrize("name", MODELS)
def test_schema_is_the_models(name: str) -> None:
    """docs/formats/schemas holds what `make schemas` would write."""
    assert read(f"docs/formats/schemas/{name}.schema.json") == json_schema(name)


def test_openapi_is_the_applications() -> None:
    """The committed OpenAPI document of verifying is the one that the application gives out."""
    assert read(f"docs/formats/schemas/{VERIFYING_API}") == verifying_api()
