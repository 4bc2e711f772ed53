"""Settings that only a task knows are read before anything is trained."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from edge_app.errors import UserError
from model_compression.reproduce.paper2 import plan as paper2
from model_compression.reproduce.paper4 import plan as paper4
from model_compression.reproduce.task_settings import check_task_settings
from model_compression.training.load_config import load_config


@pytest.mark.parametrize(
    "config", [*paper2.CONFIGS, *paper4.CONFIGS, "unilearn", "unilearn-pretrain"]
)
def test_settings_of_every_configuration_that_tables_train_by_are_read(config: str) -> None:
    check_task_settings([(config, load_config(config))])
    for key in ("task.options.foo", "augmentation.foo"):
        with pytest.raises(UserError, match=f"^{config}: --set {key}: foo is not a known key"):
            check_task_settings([(config, load_config(config, [f"{key}=3"]))])


@pytest.mark.parametrize("task", ["face", "nothing"])
def test_another_task_than_those_of_tables_is_refused(task: str) -> None:
    loaded = load_config("mimicry", [f"task.name={task}"])
    with pytest.raises(UserError, match=f"nothing that learns {task}"):
        check_task_settings([("mimicry", loaded)])
