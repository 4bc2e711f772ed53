"""Blink sequences read by a head whose answers are known, and by a bundle that says what it was trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from numpy.typing import NDArray

from edge_app.blink_head.head import BlinkHead
from edge_app.errors import UserError
from model_compression.blinks.sequences import sha256_of
from model_compression.commands.evaluate import evaluate
from model_compression.evaluation.contestant import BUNDLE, RIVAL
from model_compression.evaluation.kinds import measure_of
from tests.bundle.bundles import with_blinks, write_bundle
from tests.model_compression.blinks.made_sequences import write_fold
from tests.model_compression.evaluation.drawn_sets import BrightnessReader, bench


class DurationSession:
    """The longer the blinks, the drowsier."""

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        blinks = inputs["blinks"][0]
        there = blinks[:, 3] > 0
        long = float(blinks[there, 1].mean())
        logits = np.array([[-long, 0.0, long - 2.0]], dtype=np.float32)
        level = np.array([[np.clip(3.0 * long, 0.0, 10.0)]], dtype=np.float32)
        return {"logits": logits, "level": level}


@dataclass
class Blinking(BrightnessReader):
    blink_head: Any = None


def reader() -> Blinking:
    return Blinking(blink_head=BlinkHead(DurationSession()))


KEYS = ("auc_5_10", "auc_0_10", "auc_0_5", "uar", "level_error", "recording_accuracy")


def test_head_is_told_by_every_figure_with_people_intervals_and_unlikeness_beside(
    tmp_path: Path,
) -> None:
    path = write_fold(tmp_path / "fold5.npz", seed=5, people=8)
    measured = measure_of("uta_rldd")(path, bench(reader(), BrightnessReader()))
    figures = measured.figures[BUNDLE]
    for key in KEYS:
        figure = figures[key]
        assert figure.value is not None and figure.people == 8, key
        assert figure.low is not None and figure.high is not None, key
    drowsy, unlike = figures["auc_5_10"].value, figures["auc_5_10_unlikeness"].value
    assert drowsy is not None and unlike is not None and drowsy > 0.9
    assert next(iter(figures)) == "auc_5_10"  # which no alert reference flatters
    assert measured.people == 8 and measured.n == figures["uar"].n
    assert measured.figures[RIVAL]["auc_5_10"].value is None
    assert sum(measured.confusions[BUNDLE].as_json()["drowsy"].values()) > 0


def test_each_file_of_a_folder_is_a_group_of_its_own(tmp_path: Path) -> None:
    for n in (1, 2):
        write_fold(tmp_path / f"fold{n}.npz", seed=n)
    measured = measure_of("uta_rldd")(tmp_path, bench(reader()))
    assert set(measured.groups["subset"]) == {"fold1", "fold2"}
    each = [group[BUNDLE]["uar"].n for group in measured.groups["subset"].values()]
    assert sum(each) == measured.n


def test_bundle_without_a_head_has_no_figure(tmp_path: Path) -> None:
    path = write_fold(tmp_path / "fold1.npz", seed=1)
    measured = measure_of("uta_rldd")(path, bench(BrightnessReader()))
    assert measured.figures[BUNDLE]["auc_5_10"].value is None
    assert "no head on blinks" in measured.figures[BUNDLE]["auc_5_10"].interval


@pytest.mark.parametrize("seen", [True, False])
def test_command_says_whether_the_bundle_was_trained_on_the_fold(
    seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ai_edge_litert")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path, other = (write_fold(tmp_path / f"fold{n}.npz", seed=n) for n in (1, 2))
    learned = sha256_of(path if seen else other)
    data = {"name": "a fold", "licence": "made", "sha256": learned, "parts": ["blinks"]}
    write_bundle(tmp_path / "b", **with_blinks(), training={"data": [data]})
    out = tmp_path / "figures.json"
    app = typer.Typer(add_completion=False)
    app.command()(evaluate)
    words = [str(tmp_path / "b"), "--set", f"uta_rldd:{path}", "--rival", "none"]
    typer.main.get_command(app)(args=[*words, "--json", str(out)], standalone_mode=False)
    (entry,) = json.loads(out.read_text())["sets"]
    assert set(KEYS) <= set(entry["figures"])
    assert entry["intervals"]["auc_0_10"]["people"] == 6
    notes = " ".join(entry["notes"])
    assert ("was trained on fold1.npz: its figures there are no test" in notes) == seen
    assert ("was trained on none of these files" in notes) != seen


def test_bad_fold_is_one_sentence(tmp_path: Path) -> None:
    np.savez(tmp_path / "fold2.npz", blinks=np.ones((4, 30, 3)), labels=np.zeros(4))
    with pytest.raises(UserError, match="fold2") as caught:
        measure_of("uta_rldd")(tmp_path, bench(reader()))
    assert "\n" not in str(caught.value)
