"""What the tables of paper 2 ask for: what differs between their rows, and why some cannot be had."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.reproduce.jobs import Measuring
from model_compression.reproduce.named_sets import Content, NamedSet, NamedSets
from model_compression.reproduce.paper2.plan import (
    BACKBONES,
    CONFIGS,
    ROLES,
    Weights,
    cells_of,
    weights_of,
)
from model_compression.reproduce.printed import printed_tables
from model_compression.reproduce.recipe import Recipe, configs_instead
from model_compression.training.load_config import load_config

TABLES = printed_tables(2)
WEIGHTS: Weights = {"beit-l16": Path("beit"), "resnet-50": Path("resnet.safetensors")}


def own(role: str, content: Content, test_split: str = "val") -> NamedSet:
    return NamedSet(role, Path(role), content, role, role, False, test_split=test_split)


ALL = NamedSets(
    {role.name: own(role.name, role.content) for role in ROLES},
    {role.name: role for role in ROLES},
)


def asked(
    number: int, row: int, recipe: Recipe | None = None, given: NamedSets = ALL
) -> tuple[Measuring, ...] | str:
    cells = cells_of(TABLES[number], given, recipe or Recipe(), WEIGHTS)
    return next(cell.asked for cell in cells if cell.row == row)


def first(number: int, row: int, recipe: Recipe | None = None) -> Measuring:
    measurings = asked(number, row, recipe)
    assert not isinstance(measurings, str), measurings
    return measurings[0]


@pytest.mark.parametrize("number", TABLES)
def test_every_number_of_the_papers_own_rows_has_an_entry(number: int) -> None:
    table = TABLES[number]
    cells = cells_of(table, ALL, Recipe(), WEIGHTS)
    assert [(cell.row, cell.column) for cell in cells] == [
        (row, column) for row in range(len(table.rows)) for column in range(2)
    ]
    assert [cell.figure for cell in cells[:2]] == ["accuracy", "macro_f1"]


def test_dropout_width_and_depth_are_those_of_the_row() -> None:
    (training,) = first(3, 5).trainings
    assert training.config == "safe-cross-attention-paper"
    assert training.settings_by_key() == {
        "task.options.visual_dropout": 0.1,
        "network.options.width": 256,
        "network.options.layers": 4,
    }


def test_one_network_is_asked_with_every_lambda() -> None:
    measurings = [first(2, row) for row in range(4)]
    assert len({one.trainings for one in measurings}) == 1
    assert [one.settings_by_key()["visual_weight"] for one in measurings] == [0.0, 0.5, 0.7, 1.0]


def test_visual_stage_learns_seven_expressions_of_three_sets_before_those_of_aff_wild2() -> None:
    measuring = first(1, 0)
    (second,) = measuring.trainings
    before = second.begins_with
    assert before is not None
    assert [each.role for each in before.sets] == ["RAF-DB", "FERPlus", "AffectNet"]
    assert (before.weights, second.weights) == ("resnet.safetensors", None)
    assert second.sets == (measuring.on,) == (ALL.by_role["Aff-Wild2-faces"],)


def test_transformers_take_published_weights_as_a_folder_in_both_parts() -> None:
    (second,) = first(1, 3).trainings
    assert second.begins_with is not None
    for training in (second.begins_with, second):
        assert training.settings_by_key()["network.options.weights"] == "beit"
        assert training.weights is None


def test_row_that_is_named_after_weights_is_not_run_without_them() -> None:
    assert asked(1, 2) == (
        "MAE-ViT-Base begins with published weights: give --weights vit-b16=FOLDER"
    )
    assert first(1, 1).trainings[0].name == "efficientnet-v2-m-from-nothing"


def test_a_set_that_plays_all_three_is_learned_from_once() -> None:
    roles = {role.name: role for role in ROLES}
    given = NamedSets({"pictures": own("pictures", "pictures")}, roles)
    measurings = asked(1, 0, given=given)
    assert not isinstance(measurings, str)
    before = measurings[0].trainings[0].begins_with
    assert before is not None and len(before.sets) == 1


def test_set_that_is_missing_or_has_nothing_to_be_measured_on_is_named() -> None:
    none = NamedSets({}, ALL.roles)
    assert asked(3, 0, given=none) == "no features of Aff-Wild2: give --data Aff-Wild2=FOLDER"
    whole = NamedSets({"Aff-Wild2": own("Aff-Wild2", "features", "")}, ALL.roles)
    assert asked(2, 0, given=whole) == "Aff-Wild2 has no split to be measured on"


def test_seeds_are_networks_of_their_own() -> None:
    measurings = asked(3, 0, Recipe(seeds=3))
    assert [one.trainings[0].seed for one in measurings if not isinstance(one, str)] == [1, 2, 3]


def test_a_configuration_of_ones_own_takes_the_place_of_its_like() -> None:
    instead = configs_instead(["safe-cross-attention-paper=safe-cross-attention"], CONFIGS)
    assert first(3, 0, Recipe(instead)).trainings[0].config == "safe-cross-attention"
    with pytest.raises(UserError, match="is a configuration of mimicry; give one of audio_visual"):
        configs_instead(["lambda-fusion=mimicry"], CONFIGS)


def test_settings_are_keys_of_the_configurations() -> None:
    for number, row in ((1, 0), (1, 3), (2, 0), (3, 0)):
        for training in first(number, row).trainings:
            keys = [f"{key}={json.dumps(value)}" for key, value in training.settings]
            load_config(training.config, keys)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("beit=x", "one of the backbones resnet-50"),
        ("beit-l16=nowhere", "name a folder of transformers"),
        ("resnet-50=nowhere.safetensors", "there is no such file"),
    ],
)
def test_weights_that_are_none_are_refused(word: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        weights_of([word])


def test_backbones_are_networks_of_vigil() -> None:
    pytest.importorskip("torch")
    from model_compression.students import backbones

    assert set(BACKBONES.values()) <= set(backbones.BACKBONES)


def test_measurings_with_another_set_are_others() -> None:
    moved = replace(ALL.by_role["Aff-Wild2"], fingerprint="other")
    given = NamedSets({**ALL.by_role, "Aff-Wild2": moved}, ALL.roles)
    assert asked(2, 0, given=given) != asked(2, 0)
