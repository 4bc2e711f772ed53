"""What the tables of paper 3 ask for: which pre-training, which experts, how long, and why some cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model_compression.reproduce.jobs import Measuring, Training
from model_compression.reproduce.named_sets import NamedSet, NamedSets
from model_compression.reproduce.printed import printed_tables

pytest.importorskip("torch")

from model_compression.reproduce.paper3.lengths import Lengths
from model_compression.reproduce.paper3.plan import (
    PICTURE_SHARES,
    ROLES,
    Recipe,
    cells_of,
    expert_layers,
    points_of_figure3,
)

TABLES = printed_tables(3)
RECIPE = Recipe("unilearn-small", "unilearn-pretrain-small", 6, Lengths(80, 0.5))


def own(role: str, content: str, **changed: object) -> NamedSet:
    made = NamedSet(
        role=role,
        folder=Path(role),
        content=content,  # type: ignore[arg-type]
        kind=role.lower(),
        fingerprint=role,
        stands_in=False,
        labels=("expression",),
        test_split="test",
        to_learn=100,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


FERV = own("FERV39k", "clips")
VOX = own("VoxCeleb2", "clips", test_split="", labels=("identity",))
AFFECTNET = own("AffectNet", "pictures", test_split="val")
DFEW = own("DFEW", "clips", test_split="", folds=(1, 2, 3))


def sets(*given: NamedSet) -> NamedSets:
    return NamedSets({each.role: each for each in given}, {role.name: role for role in ROLES})


ALL = sets(FERV, VOX, AFFECTNET, DFEW)


def asked(table: int, row: int, figure: str, given: NamedSets = ALL) -> Measuring:
    """Of the first column of that figure."""
    own_row = [index for index, each in enumerate(TABLES[table].rows) if each.ours][row]
    cells = cells_of(TABLES[table], given, RECIPE)
    measurings = next(cell.asked for cell in cells if (cell.row, cell.figure) == (own_row, figure))
    assert not isinstance(measurings, str), measurings
    return measurings[0]


@pytest.mark.parametrize("number", TABLES)
def test_every_number_of_the_papers_own_networks_is_asked_for_or_has_its_reason(
    number: int,
) -> None:
    table = TABLES[number]
    printed = sum(value is not None for row in table.rows if row.ours for value in row.values)
    cells = cells_of(table, ALL, RECIPE)
    assert len(cells) == printed
    reasons = {cell.asked for cell in cells if isinstance(cell.asked, str)}
    assert all("give --" in reason for reason in reasons)


def test_the_whole_network_is_trained_once_for_the_tables_that_it_stands_in() -> None:
    whole = {asked(2, 3, "uar").id, asked(3, 2, "uar").id, asked(4, 2, "uar").id}
    whole |= {asked(5, 3, "uar").id, asked(5, 6, "uar").id}
    assert len(whole) == 1


def test_a_set_with_folds_is_trained_fold_by_fold_and_measured_together() -> None:
    measuring = asked(1, 0, "uar")
    folds = [dict(training.settings)["task.options.fold"] for training in measuring.trainings]
    assert folds == [1, 2, 3] and measuring.on == DFEW


def test_pictures_are_measured_of_the_network_that_learned_both() -> None:
    table = TABLES[4]
    by_set = {
        table.columns[cell.column].set: cell.asked
        for cell in cells_of(table, ALL, RECIPE)
        if cell.row == 2 and cell.figure == "uar"
    }
    clips, pictures = by_set["FERV39k"], by_set["AffectNet"]
    assert not isinstance(clips, str) and not isinstance(pictures, str)
    assert clips[0].trainings == pictures[0].trainings


def test_clips_are_seen_as_often_without_pictures_as_with_them() -> None:
    joint, alone = asked(4, 2, "uar").trainings[0], asked(4, 1, "uar").trainings[0]
    assert (joint.steps, alone.steps) == (80, 40)
    assert alone.sets == (FERV,)
    by_size = Lengths(120, None)
    assert by_size.steps(0.5, clips=100, pictures=100) == 120
    assert by_size.steps(0.0, clips=100, pictures=100) == 80
    assert by_size.steps(1.0, clips=100, pictures=100) == 160


def test_weights_are_not_chosen_on_what_is_measured() -> None:
    only_pictures = asked(4, 0, "uar").trainings[0]
    assert dict(only_pictures.settings)["task.options.choose_by"] == "people"
    assert only_pictures.sets == (AFFECTNET,)


def test_experts_stand_where_the_row_says() -> None:
    assert expert_layers("later", 12) == (7, 8, 9, 10, 11, 12)
    assert expert_layers("early", 12) == (1, 2, 3, 4, 5, 6)
    assert expert_layers("middle", 12) == (4, 5, 6, 7, 8, 9)
    assert expert_layers("alternate", 12) == (2, 4, 6, 8, 10, 12)
    training = asked(5, 4, "uar").trainings[0]
    assert dict(training.settings)["network.options.expert_layers"] == (1, 2, 3)


def test_pictures_of_the_same_videos_are_not_stood_in_for() -> None:
    table = TABLES[2]
    stand_in = own("pictures", "pictures")
    given = sets(FERV, VOX, stand_in)
    last = [cell.asked for cell in cells_of(table, given, RECIPE) if cell.row == 4]
    assert last == ["no pictures of VoxCeleb2-pictures: give --data VoxCeleb2-pictures=FOLDER"] * 2


def test_the_fold_that_is_measured_is_not_seen_in_pre_training_either() -> None:
    simulated = own("simulated", "clips", test_split="", folds=(1, 2))
    measuring = asked(1, 0, "uar", sets(simulated, AFFECTNET))
    before = measuring.trainings[1].begins_with
    assert before is not None and dict(before.settings)["task.options.fold"] == 2


def shares(recipe: Recipe) -> dict[float, Training]:
    """Of figure 3."""
    points = points_of_figure3(ALL, recipe)["share of the pictures"]
    found = {}
    for share, measurings in points:
        assert not isinstance(measurings, str)
        found[share] = measurings[0].trainings[0]
    assert tuple(found) == PICTURE_SHARES
    return found


def test_figure_3_shows_more_pictures_for_each_clip_the_larger_their_share() -> None:
    for half in (0.5, 0.2):
        lengths = Lengths(800, half)
        drawn = shares(replace(RECIPE, lengths=lengths))
        for share, training in drawn.items():
            assert training.steps is not None
            batches = training.settings_by_key().get("task.options.picture_batches", half)
            of_pictures = training.steps * batches if share else 0
            assert training.steps - of_pictures == pytest.approx(800 * (1 - half), abs=1)
            assert of_pictures == pytest.approx(800 * half * share / 0.5, abs=1)
        assert len({training.id for training in drawn.values()}) == len(PICTURE_SHARES)


def test_figure_3_sets_no_share_of_the_batches_where_none_is_configured() -> None:
    for training in shares(replace(RECIPE, lengths=Lengths(120, None))).values():
        assert "task.options.picture_batches" not in training.settings_by_key()


def test_figure_3_trains_nothing_anew_that_stands_in_a_table() -> None:
    drawn = shares(RECIPE)
    assert drawn[0.5] == asked(4, 2, "uar").trainings[0]
    assert drawn[0.0] == asked(4, 1, "uar").trainings[0]
    by_count = dict(points_of_figure3(ALL, replace(RECIPE, expert_count=6))["experts"])
    assert by_count[6.0] == (asked(4, 2, "uar"),) != by_count[8.0]
