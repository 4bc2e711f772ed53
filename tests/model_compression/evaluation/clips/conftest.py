"""Networks that are trained once for all tests of what trained networks are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.model_compression.evaluation.clips.trained_runs import Trained


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    # Not at the top: tests beside those that train need no torch.
    from tests.model_compression.clips.drawn_clips import drawn_set
    from tests.model_compression.evaluation.clips.trained_runs import Trained, learn

    folder = tmp_path_factory.mktemp("trained")
    split = drawn_set(folder / "split", people={"train": 3, "val": 1, "test": 5})
    folded = drawn_set(folder / "folded", people={"": 6}, folds=2)
    levels = drawn_set(folder / "levels", task="intoxication", clips_each=1)
    of_levels = ("task.options.label=intoxication", "task.options.positive_from=strong")
    for out, clips, extra in (
        ("seed-1", split, ("seed=1", "task.options.objective=sigmoid")),
        ("seed-2", split, ("seed=2", "task.options.objective=sigmoid")),
        ("softmax", split, ("seed=3",)),
        ("fold-1", folded, ("task.options.fold=1",)),
        ("fold-2", folded, ("task.options.fold=2",)),
        ("strong", levels, of_levels),
    ):
        learn(folder / out, clips, *extra)
    return Trained(folder)
