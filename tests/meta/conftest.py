"""The wheel, built once from this tree, and the verifier installed from it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.meta.repository import run, uv


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built with the locked backend."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def verifier(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment holding the wheel with the extra `verify`, and no `service` and no `keys`."""
    folder = tmp_path_factory.mktemp("verifier")
    locked, environment = folder / "requirements.txt", folder / "environment"
    only_verify = ("--no-default-groups", "--extra", "verify", "--no-emit-project")
    run(uv(), "export", "--frozen", *only_verify, "--output-file", locked)
    run(uv(), "venv", "--python", sys.executable, environment)
    install = (uv(), "pip", "install", "--python", environment / "bin/python")
    run(*install, "--require-hashes", "--requirements", locked)
    run(*install, "--no-deps", wheel)
    for package in ("service", "keys"):
        shutil.rmtree(next(environment.glob(f"lib/python*/site-packages/{package}")))
    return environment
