"""Says in the summary when the tests of training were left out."""

from __future__ import annotations

import pytest

from tests.model_compression.workshop import MISSING


def test_workshops_packages_are_installed() -> None:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed: tests of training are left out")
