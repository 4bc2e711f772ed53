"""The baseline: extremely randomised trees (Geurts et al. 2006) on simple statistics. Needs scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge_app.errors import UserError
from model_compression.blinks.answers import BlinkAnswers, Floats
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.statistics import simple_statistics

_TREES = 400
_SMALLEST_LEAF = 20
_SEED = 0


@dataclass(frozen=True, slots=True)
class Trees:
    """What they look at."""

    frequency: bool = False
    absolute: bool = False

    def answers(self, learned: BlinkSequences, asked: BlinkSequences) -> BlinkAnswers:
        """Raises `UserError` without scikit-learn, `ValueError` where `learned` lacks a class."""
        if len(np.unique(learned.classes)) < 3:
            raise ValueError("trees need sequences of all three classes")
        try:
            from sklearn.ensemble import ExtraTreesClassifier
        except ModuleNotFoundError as error:
            raise UserError(
                f"the baseline of trees needs the package {error.name}: pip install 'vigil-driver-monitoring[evaluate]'"
            ) from error
        trees = ExtraTreesClassifier(
            _TREES, min_samples_leaf=_SMALLEST_LEAF, class_weight="balanced", random_state=_SEED
        )
        trees.fit(self._statistics(learned), learned.classes)
        chances: Floats = trees.predict_proba(self._statistics(asked))
        return BlinkAnswers.from_chances(chances)

    def _statistics(self, sequences: BlinkSequences) -> Floats:
        return simple_statistics(sequences, frequency=self.frequency, absolute=self.absolute)
