"""What the detector's tests share: portraits of painted people, and a task over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from model_compression.augmentation.portraits import Portraits, trusted_rows
from model_compression.data.labelled_set import labels_folder, save_labels
from model_compression.training.config import DataSet
from model_compression.training.options import OptionGroup
from model_compression.training.task import TaskInput
from tests.model_compression.detector.painted_people import labelled_set

if TYPE_CHECKING:
    from model_compression.training.tasks.detector import DetectorTask


@pytest.fixture(scope="session")
def portraits() -> Portraits:
    labelled = labelled_set()
    rows = trusted_rows(labelled)
    nobody_else = np.zeros((0, 4), dtype=np.float32)
    return Portraits([(labelled, rows, [nobody_else] * len(rows), 1.0)])


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DetectorTask:
    from model_compression.training.tasks.detector import open_task

    monkeypatch.setenv("VIGIL_CACHE", str(tmp_path))
    painted = labelled_set(people=120)
    save_labels(labels_folder(painted.name), painted.pixels, painted.labels, painted.fingerprint)
    options = OptionGroup.of({"backgrounds": 4, "validation_scenes": 12, "validation_empty": 12})
    sets = (DataSet(name=painted.name),)
    return open_task(TaskInput("detector", sets, options, OptionGroup(), None))
