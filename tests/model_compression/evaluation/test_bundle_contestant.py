"""A bundle of tiny models that really run, measured as the built-in one is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from edge_app.bundle.manifest import BundleManifest, Measurement
from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.contestant import (
    BUNDLE,
    Contestant,
    identity_of,
    open_contestant,
)
from model_compression.evaluation.kinds import measure_of
from tests.bundle.bundles import LABELS, write_bundle, write_manifest
from tests.model_compression.evaluation.drawn_sets import face, tar


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def tiny(tmp_path: Path) -> Contestant:
    write_bundle(tmp_path / "b")
    return open_contestant(BUNDLE, str(tmp_path / "b"))


def test_bundle_is_told_by_its_models_and_the_files_that_ran(tiny: Contestant) -> None:
    assert tiny.perception.name == "tiny/1.0.0"
    assert set(tiny.files) == {"detector", "face", "eyes", "expression"}
    assert tiny.files["face"].startswith("litert float32 ")


def test_identity_outlives_figures_and_the_gate(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    manifest = open_bundle(str(tmp_path / "b")).manifest
    figures = Measurement(set="truth", date=date(2026, 1, 1), n=1, figures={"auc": 0.9})
    assert identity_of(manifest.model_copy(update={"metrics": (figures,)})) == identity_of(manifest)
    values = manifest.model_dump(mode="json")
    values["parts"]["face"]["files"][0]["gate"] = "failed"
    assert identity_of(BundleManifest.model_validate(values)) == identity_of(manifest)


def test_identity_changes_with_a_threshold(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    manifest = open_bundle(str(tmp_path / "b")).manifest
    stricter = manifest.thresholds.model_copy(update={"face": 0.99})
    assert identity_of(manifest.model_copy(update={"thresholds": stricter})) != identity_of(
        manifest
    )


def test_every_picture_gets_an_expression(tiny: Contestant, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (8, 48, 48), dtype=np.uint8)
    classes = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert len(classes) == len(LABELS)
    np.savez(tmp_path / "set.npz", images=images, labels=np.arange(8) % 7, classes=classes)
    measured = measure_of("fer2013")(tmp_path / "set.npz", Bench((tiny,), None))
    table = measured.confusions[BUNDLE].as_json()
    assert sum(sum(row.values()) for row in table.values()) == 8
    assert all(row["none"] == 0 for row in table.values())


def test_lone_eyes_are_read_by_the_eye_part(tiny: Contestant, tmp_path: Path) -> None:
    pictures = {f"{c}/{i}.png": face(0.2 * i) for c in ("closed", "open") for i in range(3)}
    path = tar(tmp_path / "eyes.tar", pictures)
    figures = measure_of("eyes")(path, Bench((tiny,), None)).figures[BUNDLE]
    assert figures["auc"].n == 6 and figures["auc"].value is not None


def test_bundle_without_expression_is_measured_on_all_else(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    values = write_bundle(folder)
    del values["heads"]["expression"]
    del values["parts"]["expression"]
    write_manifest(folder, {**values, "expression_labels": []})
    contestant = open_contestant(BUNDLE, str(folder))
    assert contestant.perception.expression_labels == ()
    assert contestant.lone_eye is not None


def test_bundle_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no bundle of this name") as caught:
        open_contestant(BUNDLE, str(tmp_path / "nowhere"))
    assert "\n" not in str(caught.value)
