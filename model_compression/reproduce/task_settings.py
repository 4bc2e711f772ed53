"""Settings that only a task knows, read as the task reads them, before there is anything to learn from."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from edge_app.configuration.document import ConfigurationError
from edge_app.errors import UserError
from model_compression.training.load_config import LoadedConfig
from model_compression.training.tasks import TASKS


def check_task_settings(configs: Iterable[tuple[str, LoadedConfig]]) -> None:
    """configs: with their names. Raises `UserError` for the first one with a mistake."""
    for name, loaded in configs:
        task = loaded.train.task.name
        module = import_module(TASKS[task]) if task in TASKS else None
        if module is None or not hasattr(module, "OPTIONS"):
            raise UserError(
                f"task.name: tables train nothing that learns {task}; leave the task as configured"
            )
        try:
            loaded.task_options.read(module.OPTIONS)
            loaded.augmentation.read(module.AUGMENTATION)
        except ConfigurationError as error:
            raise ConfigurationError(_of_which(name, error.sentences)) from error


def _of_which(name: str, sentences: Iterable[str]) -> list[str]:
    """An option goes over several configurations; a file says itself which it is."""
    return [f"{name}: {each}" if each.startswith("--set ") else each for each in sentences]
