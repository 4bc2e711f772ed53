"""Where every machine has to see the same, the precision is asked for and nothing is timed."""

from __future__ import annotations

import pytest

from edge_app.bundle import sessions
from edge_app.bundle.open import BundleError, open_bundle
from edge_app.bundle.sessions import choices_of


def test_asked_precision_is_taken_without_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    def timed(*_: object, **__: object) -> None:
        raise AssertionError("timed")

    monkeypatch.setattr(sessions, "remembered_or_timed", timed)
    chosen = choices_of(open_bundle("default"), runtime="litert", precision="float32")
    assert {choice.chosen.precision for choice in chosen.values()} == {"float32"}


def test_precision_that_a_part_does_not_have_is_one_sentence() -> None:
    with pytest.raises(BundleError, match=r"has no float16 file that runs here for detector, eyes"):
        choices_of(open_bundle("default"), runtime="litert", precision="float16")
