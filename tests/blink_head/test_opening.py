"""The part `blinks` of a bundle of tiny models: opened where it can run, and gone on without where not."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from edge_app.blink_head.opening import open_blink_head
from edge_app.bundle.install import install
from edge_app.bundle.open import BUILT_IN_NAME, BundleError, open_bundle
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from tests.bundle.bundles import with_blinks, write_bundle, write_manifest

pytest.importorskip("ai_edge_litert")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_perception_offers_the_head_of_its_bundle(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", **with_blinks())
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b")))
    assert perception.blink_head is not None
    # The tiny model's outputs are the sum of its input, and one more.
    reading = perception.blink_head.step([(0.5, 1.0, -0.25)])
    assert reading.level == pytest.approx(1 + 0.5 + 1.0 - 0.25 + 1.0)


def test_bundle_without_the_part_offers_none(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b")))
    assert perception.blink_head is None


@pytest.mark.parametrize("wrong", ["damaged", "failed its gate", "another input"])
def test_a_head_that_cannot_run_costs_only_itself(
    wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "b"
    values = write_bundle(folder, **with_blinks())
    part = values["parts"]["blinks"]
    if wrong == "damaged":
        (folder / part["files"][0]["path"]).write_bytes(b"rot")
    elif wrong == "failed its gate":
        part["files"][0]["gate"] = "failed"
    else:
        part["input"]["shape"] = [1, 20, 4]
    write_manifest(folder, values)
    with caplog.at_level(logging.WARNING):
        perception = open_perception(PerceptionSettings(model=str(folder)))
    assert perception.blink_head is None
    assert "going on without the head on blinks" in caplog.text
    assert perception.detect(np.zeros((64, 64, 3), np.uint8)) is not None


def test_installing_refuses_a_head_that_takes_another_input(tmp_path: Path) -> None:
    write_bundle(tmp_path / "good", **with_blinks())
    assert install(tmp_path / "good").manifest.parts.blinks is not None
    other = with_blinks(input={"name": "blinks", "shape": [1, 20, 4]})
    write_bundle(tmp_path / "other", **other)
    with pytest.raises(BundleError, match="its part blinks looks at blinks of shape"):
        install(tmp_path / "other")


def test_built_in_head_reads_long_blinks_as_drowsier_than_the_drivers_own() -> None:
    head = open_blink_head(open_bundle(BUILT_IN_NAME))
    assert head is not None
    random = np.random.default_rng(0)
    usual = [tuple(row) for row in random.normal(0.0, 1.0, (30, 3)).tolist()]
    long = [(a - 1.0, d + 6.0, v - 1.5) for a, d, v in usual]
    alert, drowsy = head.step(usual), head.step(long)
    assert alert.alert > drowsy.alert and alert.level + 2.0 < drowsy.level
    few = head.step(long[:5])
    assert few.blinks == 5 and 0.0 <= few.level <= 10.0
