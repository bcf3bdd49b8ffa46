"""Writes the JSON Schemas of what outsiders read: transcript, verdict and trust root; the OpenAPI of both services.

    python -m scripts.json_schemas

They are generated from the models, so they never say more or less than the code; tests/meta compares them.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import Transcript
from schemas.verdict import Verdict
from service.app import create_app
from service.installation import Installation
from tests.support.demonstration import Demonstration
from verify.web.openapi import openapi

FOLDER = Path(__file__).parent.parent / "docs/formats/schemas"
MODELS: dict[str, type[BaseModel]] = {"transcript": Transcript, "verdict": Verdict, "trust-root": TrustRoot}

VERIFYING_API = "verify.openapi.json"
ISSUING_API = "issue.openapi.json"


def json_schema(name: str) -> str:
    """Return the text of the JSON Schema file of the model called `name`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **MODELS[name].model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def verifying_api() -> str:
    """Return the text of the OpenAPI document of the verifying API."""
    return json.dumps(openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def issuing_api(installation: Installation) -> str:
    """Return the text of the OpenAPI document of the issuing API, as any installation serves it."""
    served = create_app(installation).test_client().get("/api/v1/openapi.json").get_json()
    return json.dumps(served, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write every schema."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        installation = Demonstration.make(Path(temporary) / "data", students=1).installation
        (FOLDER / ISSUING_API).write_text(issuing_api(installation), encoding="utf-8")
        installation.verifier.close()
    (FOLDER / VERIFYING_API).write_text(verifying_api(), encoding="utf-8")
    for name in MODELS:
        (FOLDER / f"{name}.schema.json").write_text(json_schema(name), encoding="utf-8")


if __name__ == "__main__":
    main()
