"""A calibration in `bundle.yaml` is read, checked and applied; a bundle without one is read as ever."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
import yaml

from edge_app.bundle.head_calibration import HeadCalibration
from edge_app.bundle.manifest import BundleManifest, yaml_text
from edge_app.bundle.open import BUILT_IN_NAME, BundleError, open_bundle, read_manifest
from edge_app.bundle.sessions import open_file
from edge_app.driver_state.signals import HeadReading
from edge_app.face.student_bundle import temporal_model, tuning_of
from edge_app.face.student_reading import read_classes
from edge_app.face.temporal_reading import TemporalReader
from model_compression.tuning.calibrated_bundle import (
    HEADING,
    calibrated_manifest,
    next_version,
    with_calibrations,
)
from tests.bundle.bundles import manifest_values, with_temporal

DATE = datetime.date(2026, 11, 30)
KNOWN = {
    "set": "answers:drives.npz",
    "sha256": "ab" * 32,
    "date": "2026-11-30",
    "n": 900,
    "people": 40,
    "ece_before": 0.1,
    "ece_after": 0.03,
    "brier_before": 0.4,
    "brier_after": 0.35,
}
KNOTS = [[0.1, 0.2], [0.5, 0.6], [0.9, 0.7]]


def read(head: str, temperatures: dict[str, float] | None = None, **told: Any) -> BundleManifest:
    values = {**manifest_values(temperatures=temperatures or {}), **with_temporal()}
    values["heads"][head]["calibration"] = {**KNOWN, **told}
    return read_manifest(yaml.safe_dump(values).encode(), "bundle.yaml")


def refused(head: str, **told: Any) -> str:
    with pytest.raises(BundleError) as caught:
        read(head, **told)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_temperature_is_the_one_that_is_applied() -> None:
    manifest = read("expression", {"expression": 0.8}, method="temperature", temperature=0.8)
    assert tuning_of(manifest).temperatures["expression"] == 0.8
    assert "0.9 and temperatures says 0.8" in refused(
        "expression", temperatures={"expression": 0.8}, method="temperature", temperature=0.9
    ).replace(",", "")


def test_a_head_that_decides_by_thresholds_takes_none() -> None:
    assert "visibility takes no calibration" in refused(
        "visibility", method="temperature", temperature=1.0
    )


def test_isotonic_curve_is_of_two_classes() -> None:
    assert read("drowsiness", method="isotonic", knots=KNOTS).heads["drowsiness"].calibration
    assert "of two classes" in refused("intoxication", method="isotonic", knots=KNOTS)


@pytest.mark.parametrize(
    "told",
    [
        {"method": "temperature"},
        {"method": "isotonic"},
        {"method": "isotonic", "knots": []},
        {"method": "isotonic", "knots": KNOTS, "temperature": 1.0},
        {"method": "isotonic", "knots": KNOTS[::-1]},
        {"method": "isotonic", "knots": [[0.1, 0.5], [0.2, 0.4]]},
        {"method": "isotonic", "knots": [[0.1, 1.5]]},
        {"method": "isotonic", "knots": KNOTS, "kontos": 1},
        {"method": "temperature", "temperature": 0.0},
        {"method": "temperature", "temperature": 1.0, "ece_after": float("nan")},
    ],
)
def test_a_damaged_section_is_refused_in_one_sentence(told: dict[str, Any]) -> None:
    assert "calibration" in refused("drowsiness", **told)


def test_section_survives_being_written_and_read_and_is_absent_without_one() -> None:
    manifest = read("drowsiness", method="isotonic", knots=KNOTS)
    text = yaml_text(manifest)
    assert read_manifest(text.encode(), "bundle.yaml") == manifest
    assert text.count("calibration:") == 1
    plain = open_bundle(BUILT_IN_NAME, require=()).manifest.model_copy()
    bare = {name: h.model_copy(update={"calibration": None}) for name, h in plain.heads.items()}
    assert "calibration:" not in yaml_text(plain.model_copy(update={"heads": bare}))


def drowsiness(manifest: BundleManifest) -> list[HeadReading]:
    """What the built-in temporal part says of a few embeddings, read with this manifest."""
    bundle = open_bundle(BUILT_IN_NAME, require=())
    file = next(
        f
        for f in bundle.part("temporal").files
        if (f.runtime, f.precision) == ("litert", "float32")
    )
    session = open_file(bundle, "temporal", file, threads=1, provider="cpu")
    model = temporal_model(manifest, session, expression=False)
    assert model is not None
    reader = TemporalReader(model, same_driver_s=20.0)
    embeddings = np.random.default_rng(0).normal(0, 1, (12, 256)).astype(np.float32)
    told = [reader.step(t * 0.25, embedding) for t, embedding in enumerate(embeddings)]
    return [reading for step in told for reading in step]


def test_curve_is_applied_to_the_second_class_of_its_head_and_to_no_other() -> None:
    manifest = open_bundle(BUILT_IN_NAME, require=()).manifest
    told = HeadCalibration.model_validate({**KNOWN, "method": "isotonic", "knots": KNOTS})
    curve = told.curve()
    assert curve is not None
    bent = calibrated_manifest(manifest, "drowsiness", told, version="9.9.9", created=DATE)
    plain, after = drowsiness(manifest), drowsiness(bent)
    assert len(plain) == len(after) == 24
    for before, now in zip(plain, after, strict=True):
        if before.head == "drowsiness":
            second = curve.at(before.probabilities[1])
            assert now.probabilities == pytest.approx((1 - second, second))
            assert now.probabilities != before.probabilities
        else:
            assert now == before


def test_temperature_is_applied_to_its_head() -> None:
    manifest = open_bundle(BUILT_IN_NAME, require=()).manifest
    told = HeadCalibration.model_validate({**KNOWN, "method": "temperature", "temperature": 4.0})
    cooled = calibrated_manifest(manifest, "drowsiness", told, version="9.9.9", created=DATE)
    for before, now in zip(drowsiness(manifest), drowsiness(cooled), strict=True):
        if before.head == "drowsiness":
            assert max(now.probabilities) < max(before.probabilities)
            assert np.argmax(now.probabilities) == np.argmax(before.probabilities)


def test_no_number_is_no_probability_behind_a_curve_either() -> None:
    told = HeadCalibration.model_validate({**KNOWN, "method": "isotonic", "knots": KNOTS})
    logits = np.array([[np.nan, 0.0]], dtype=np.float32)
    assert all(np.isnan(p) for p in read_classes(logits, 1.0, told.curve()))


def test_version_is_the_next_patch() -> None:
    assert next_version("1.4.9") == "1.4.10"
    assert next_version("0.2.0rc1") == "0.2.1"


def test_card_tells_each_calibration_once() -> None:
    manifest = read("drowsiness", method="isotonic", knots=KNOTS)
    card = "# Card\n\n## Measured\n\nMuch.\n"
    told = with_calibrations(card, manifest)
    assert told.startswith(card)
    assert "900 answers of answers:drives.npz (40 people), 2026-11-30" in told
    assert with_calibrations(told, manifest) == told


def test_card_keeps_what_follows_an_earlier_section() -> None:
    manifest = read("drowsiness", method="isotonic", knots=KNOTS)
    card = f"# Card\n\n{HEADING}\n\n- old words\n\n## How it was trained\n\nLong.\n"
    told = with_calibrations(card, manifest)
    assert "old words" not in told
    assert told.endswith("\n## How it was trained\n\nLong.\n")
