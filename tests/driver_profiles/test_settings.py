"""Profiles are off, and only a stated consent switches them on."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.configuration.load import load_settings
from edge_app.errors import UserError
from edge_app.settings import VigilSettings


def loaded(tmp_path: Path, text: str) -> VigilSettings:
    file = tmp_path / "unit.yaml"
    file.write_text(text)
    return load_settings(file, [])


def test_nothing_is_kept_unless_asked_for() -> None:
    assert not VigilSettings().driver_profiles.enabled


def test_profiles_without_consent_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        loaded(tmp_path, "driver_profiles: {enabled: true}\n")
    assert len(str(refused.value).splitlines()) == 1
    assert "driver_profiles" in str(refused.value) and "consent" in str(refused.value)


@pytest.mark.parametrize("missing", ["text", "reference", "given_on"])
def test_a_consent_says_what_where_and_when(tmp_path: Path, missing: str) -> None:
    consent = {
        "text": "I agree that this vehicle keeps what it learns.",
        "reference": "file 12",
        "given_on": "2026-01-10",
    }
    del consent[missing]
    lines = "".join(f"    {key}: {value}\n" for key, value in consent.items())
    with pytest.raises(UserError, match=missing):
        loaded(tmp_path, f"driver_profiles:\n  enabled: true\n  consent:\n{lines}")


def test_a_stated_consent_switches_profiles_on(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        "driver_profiles:\n  enabled: true\n  consent:\n    text: I agree to what is learned of me.\n"
        "    reference: file 12\n    given_on: 2026-01-10\n",
    ).driver_profiles
    assert settings.enabled and settings.consent is not None
    assert settings.consent.given_on.isoformat() == "2026-01-10"
