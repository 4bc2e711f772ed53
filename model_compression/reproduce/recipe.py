"""How the networks of a paper with many configurations are trained: which of them, how long, how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge_app.errors import UserError
from model_compression.reproduce.jobs import Setting, Training
from model_compression.reproduce.named_sets import NamedSet
from model_compression.training.config import TrainConfig
from model_compression.training.load_config import load_config


@dataclass(frozen=True, slots=True)
class Recipe:
    """The rows of a table say what differs."""

    instead: Mapping[str, str] = field(
        default_factory=dict
    )  # configuration that a table trains by -> the one in its place
    steps: int | None = None  # of each training; None: as many as its configuration has
    seeds: int = 1
    overrides: tuple[str, ...] = ()

    @property
    def each_seed(self) -> range:
        return range(1, self.seeds + 1)

    def config(self, name: str) -> str:
        return self.instead.get(name, name)

    def loaded(self, name: str) -> TrainConfig:
        """Raises `UserError`."""
        return load_config(self.config(name), self.overrides).train

    def training(
        self,
        name: str,
        config: str,
        sets: Sequence[NamedSet],
        settings: Sequence[Setting] = (),
        *,
        seed: int,
        begins_with: Training | None = None,
        weights: str | None = None,
        overridden: bool = True,
    ) -> Training:
        """config: as the table names it. overridden: by what the user set."""
        return Training(
            name=name,
            config=self.config(config),
            sets=tuple(dict.fromkeys(sets)),  # of roles that one set plays, once
            settings=tuple(settings),
            seed=seed,
            begins_with=begins_with,
            weights=weights,
            steps=self.steps,
            overrides=self.overrides if overridden else (),
        )


def configs_instead(words: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """words: NAME=CONFIG, of the configurations that tables train by. Raises `UserError`."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, config = word.partition("=")
        if not equals or not config or name not in known:
            raise UserError(
                f"--config {word}: give NAME=CONFIG with one of the names {', '.join(known)}"
            )
        if name in found:
            raise UserError(f"--config {word}: {name} is given twice; give each one once")
        wanted, given = (load_config(each).train.task.name for each in (name, config))
        if given != wanted:
            raise UserError(f"--config {word}: is a configuration of {given}; give one of {wanted}")
        found[name] = config
    return found
