"""A training's configuration: every mistake is a sentence that names file, line, key, value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_app.configuration.document import ConfigurationError
from edge_app.errors import UserError
from model_compression.training.config import TrainConfig
from model_compression.training.load_config import config_names, load_config
from model_compression.training.options import OptionGroup
from model_compression.training.task import TaskInput
from model_compression.training.tasks import open_task
from tests.model_compression.training.conftest import TASK, tiny_config
from tests.model_compression.training.tiny_task import TinyOptions

Write = Callable[..., Path]


def given(loaded: Any) -> TaskInput:
    return TaskInput("face", (), loaded.task_options, loaded.augmentation, None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeed": 3}, r"tiny\.yaml:\d+: seeed is not a known key; did you mean `seed`\?"),
        ({"part": "fase"}, r"part is fase but must be one of .*; did you mean `face`\?"),
        ({"ema_decay": 1.5}, r"tiny\.yaml:\d+: ema_decay is 1\.5 but must be a number"),
        ({"stages": []}, r"stages is a list of 0 but must be a list of 1 item"),
        (
            {"stages": [{"steps": 5, "learning_rate": 0.1, "warmup_steps": 5}]},
            r"stages\.0: warmup_steps must be fewer than steps",
        ),
        (
            {"stages": [{"steps": 0, "learning_rate": 0.1}]},
            r"tiny\.yaml:\d+: stages\.0\.steps is 0 but must be a whole number at least 1",
        ),
        ({"name": "../up"}, r"name is \.\./up but must be text that matches"),
    ],
)
def test_mistakes_are_named_with_their_place(
    changes: dict[str, Any], sentence: str, write_config: Write
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        load_config(str(write_config(**changes)))


def test_missing_key_is_named(write_config: Write) -> None:
    path = write_config()
    path.write_text(path.read_text().replace("part: face\n", ""))
    with pytest.raises(ConfigurationError, match="part is missing and must be one of"):
        load_config(str(path))


def test_options_of_the_task_are_checked_by_the_task(write_config: Write) -> None:
    loaded = load_config(str(write_config(task={"name": TASK, "options": {"nois": 0.2}})))
    with pytest.raises(ConfigurationError, match=r"tiny\.yaml:\d+: nois is not .* `noise`\?"):
        open_task(TASK, given(loaded))
    loaded = load_config(str(write_config(augmentation={"flip": "often"})))
    with pytest.raises(ConfigurationError, match=r"flip is often but must be true or false"):
        open_task(TASK, given(loaded))


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("seed=12", lambda config: config.seed == 12),
        ("stages.1.steps=99", lambda config: config.stages[1].steps == 99),
        ("network.options.width=8", lambda config: config.network.options == {"width": 8}),
        ("augmentation.glasses.glare=0.5", lambda c: c.augmentation == {"glasses": {"glare": 0.5}}),
        ("data=[{name: nir}]", lambda config: config.data[0].name == "nir"),
    ],
)
def test_options_lie_over_the_file(
    override: str, read: Callable[[TrainConfig], bool], write_config: Write
) -> None:
    assert read(load_config(str(write_config()), [override]).train)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("seed=-1", r"--set seed: seed is -1 but must be a whole number"),
        ("stages.7.steps=9", r"stages is a list of 2 and has no item `7`"),
        ("sed=1", r"--set sed: sed is not a known key; did you mean `seed`\?"),
        ("seed", r"write it as --set key\.path=value"),
    ],
)
def test_mistakes_of_options_name_the_option(
    override: str, sentence: str, write_config: Write
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        load_config(str(write_config()), [override])


def test_option_that_the_task_refuses_is_named(write_config: Write) -> None:
    loaded = load_config(str(write_config()), ["task.options.noise=3"])
    with pytest.raises(ConfigurationError, match=r"--set task\.options\.noise: noise is 3 but"):
        open_task(TASK, given(loaded))


def test_unknown_name_of_a_configuration_is_told_with_the_nearest() -> None:
    known = config_names()[0]
    with pytest.raises(ConfigurationError, match=f"did you mean `{known}`"):
        load_config(f"{known}x")
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: cannot be read"):
        load_config("nowhere.yaml")


def test_unknown_task_is_told_with_the_nearest() -> None:
    empty = TaskInput("face", (), OptionGroup.of({}), OptionGroup.of({}), None)
    with pytest.raises(UserError, match="there is no task `detecter`; did you mean `detector`"):
        open_task("detecter", empty)
    with pytest.raises(UserError, match="there is no module nowhere"):
        open_task("nowhere.at.all", empty)


@pytest.mark.parametrize("name", config_names())
def test_configurations_that_come_with_vigil_are_valid(name: str) -> None:
    assert load_config(name).train.steps > 0


def test_option_group_without_a_file_reads_as_well() -> None:
    assert OptionGroup.of({"noise": 0.5}).read(TinyOptions).noise == 0.5
    with pytest.raises(ConfigurationError, match="noise is"):
        OptionGroup.of({"noise": 5}).read(TinyOptions)


def test_configuration_survives_being_written_down() -> None:
    config = TrainConfig.model_validate(tiny_config())
    assert TrainConfig.model_validate(config.model_dump(mode="json")) == config
