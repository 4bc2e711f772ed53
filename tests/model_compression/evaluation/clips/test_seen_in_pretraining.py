"""What `vigil evaluate-teacher` says of people whom masked pre-training may have seen, whose weights a teacher took."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

from tests.model_compression.evaluation.clips.trained_runs import document, few_draws  # noqa: F401
from tests.model_compression.tasks.unilearn import clips_of, learn

TWO_STEPS = ("stages.0.steps=2", "stages.0.batch=2")
ALONE = (*TWO_STEPS, "task.options.picture_share=0")


def teacher(folder: Path, clips: Path, fold: int, *, kept_before: bool) -> Path:
    """Fine-tuned without the fold, from pre-training that had kept it apart too or had not."""
    kept = f"task.options.fold={fold}"
    before = folder / f"masked-{fold}"
    learn(
        "unilearn-pretrain-small", (clips,), before, *TWO_STEPS, *((kept,) if kept_before else ())
    )
    out = folder / f"teacher-{fold}"
    learn("unilearn-small", (clips,), out, *ALONE, kept, f"init_from={before}")
    return out


@pytest.fixture
def folded(tmp_path: Path) -> Path:
    return clips_of(tmp_path / "folded", people={"": 6}, folds=2, clips_each=1)


def test_pre_training_that_saw_the_fold_is_warned_of(folded: Path, tmp_path: Path) -> None:
    report = document(tmp_path, teacher(tmp_path, folded, 1, kept_before=False))
    (warning,) = [told for told in report["warnings"] if "unseen people" in told]
    assert warning.startswith(f"{tmp_path / 'masked-1'}, whose weights the network goes on from")


def test_networks_of_folds_whose_pre_training_kept_them_too_are_taken_together(
    folded: Path, tmp_path: Path
) -> None:
    runs = [teacher(tmp_path, folded, fold, kept_before=True) for fold in (1, 2)]
    report = document(tmp_path, *runs)
    assert report["sets"][0]["n"] == 42
    assert not any("unseen people" in told for told in report["warnings"])
    assert not any("not known" in note for note in report["notes"])
