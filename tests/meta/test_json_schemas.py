"""The committed JSON Schemas are those of the models."""

from __future__ import annotations

import pytest

from scripts.json_schemas import ISSUING_API, MODELS, VERIFYING_API, issuing_api, json_schema, verifying_api
from tests.meta.repository import read
from tests.support.demonstration import Demonstration


@pytest.mark.parametrize("name", MODELS)
def test_schema_is_the_models(name: str) -> None:
    """docs/formats/schemas holds what `make schemas` would write."""
    assert read(f"docs/formats/schemas/{name}.schema.json") == json_schema(name)


def test_openapi_is_the_applications() -> None:
    """The committed OpenAPI document of verifying is the one that the application gives out."""
    assert read(f"docs/formats/schemas/{VERIFYING_API}") == verifying_api()


def test_openapi_of_issuing_is_the_applications(released: Demonstration) -> None:
    """The committed OpenAPI document of issuing is the one that an installation serves: `make schemas`."""
    assert read(f"docs/formats/schemas/{ISSUING_API}") == issuing_api(released.installation)
