"""The baseline: simple statistics, and trees on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_compression.blinks.figures import METRICS
from model_compression.blinks.statistics import simple_statistics
from model_compression.blinks.trees import Trees
from tests.model_compression.blinks.made_sequences import made_folds


def test_statistics_are_of_the_blinks_that_are_there(tmp_path: Path) -> None:
    sequences = made_folds(tmp_path, folds=1)
    padded = sequences.rows[0]
    told = simple_statistics(sequences)[0]
    seen = np.arcsinh(padded[20:, :3].astype(np.float64))
    np.testing.assert_allclose(told[:3], seen.mean(axis=0))
    np.testing.assert_allclose(told[3:6], seen.std(axis=0))
    np.testing.assert_allclose(told[12:15], np.median(seen, axis=0))


def test_absolute_statistics_do_not_tell_the_direction(tmp_path: Path) -> None:
    sequences = made_folds(tmp_path, folds=1)
    before = simple_statistics(sequences, absolute=True)
    sequences.rows[..., :3] *= -1
    np.testing.assert_allclose(simple_statistics(sequences, absolute=True), before)
    assert simple_statistics(sequences, frequency=True).shape[1] == 4 * before.shape[1] // 3


def test_trees_tell_made_people_they_never_saw_apart(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    sequences = made_folds(tmp_path)
    own = sequences.folds == 0
    asked = sequences.taken(own)
    answers = Trees().answers(sequences.taken(~own), asked)
    value = METRICS["auc_5_10"](asked, answers, np.ones(len(asked)))
    assert value is not None and value > 0.9
    assert answers.chances is not None
    np.testing.assert_allclose(answers.level, answers.chances @ [0, 5, 10])
    with pytest.raises(ValueError, match="all three classes"):
        Trees().answers(sequences.taken(sequences.classes > 0), asked)
