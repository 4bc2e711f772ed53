"""What the tables of paper 4 ask for: which student, which head, on which stream, and why some cannot be had."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from model_compression.data.features.feature_set import FeatureSet
from model_compression.reproduce.jobs import Measuring, Training
from model_compression.reproduce.named_sets import Content, NamedSet, NamedSets
from model_compression.reproduce.paper4.plan import CONFIGS, ROLES, cells_of
from model_compression.reproduce.paper4.students import SOUND, STUDENTS
from model_compression.reproduce.printed import printed_tables
from model_compression.reproduce.recipe import Recipe
from model_compression.training.load_config import load_config
from tests.model_compression.reproduce.drawn_feature_sets import drawn_set, students

TABLES = printed_tables(4)
ROLE = {role.name: role for role in ROLES}


def own(role: str, folder: Path) -> NamedSet:
    content: Content = ROLE[role].content
    print_of = FeatureSet.open(folder).fingerprint if content == "features" else role
    return NamedSet(role, folder, content, role, print_of, False, test_split="val")


def sets_with(folder: Path, *names: str, sound: str = SOUND) -> NamedSets:
    """One folder of features of these students in every role; pictures are never looked at by a plan."""
    drawn_set(folder, "any", students(*names, sound=sound), splits=("train", "val"))
    return NamedSets({role: own(role, folder) for role in ROLE}, ROLE)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> NamedSets:
    names = dict.fromkeys(STUDENTS.values())
    return sets_with(tmp_path_factory.mktemp("features") / "all", *names)


def asked(
    number: int, words: str, figure: str, sets: NamedSets, recipe: Recipe | None = None
) -> tuple[Measuring, ...] | str:
    """Of the row whose labels, joined by |, are these words."""
    table = TABLES[number]
    return next(
        cell.asked
        for cell in cells_of(table, sets, recipe or Recipe())
        if "|".join(table.rows[cell.row].labels) == words and cell.figure == figure
    )


def trainings(
    number: int, words: str, figure: str, sets: NamedSets, recipe: Recipe | None = None
) -> Sequence[Training]:
    measurings = asked(number, words, figure, sets, recipe)
    assert not isinstance(measurings, str), measurings
    return measurings[0].trainings


@pytest.mark.parametrize("number", TABLES)
def test_every_number_of_the_papers_own_rows_has_an_entry(
    number: int, everything: NamedSets
) -> None:
    table = TABLES[number]
    cells = cells_of(table, everything, Recipe())
    assert [(cell.row, cell.column) for cell in cells] == [
        (row, column)
        for row, each in enumerate(table.rows)
        for column, value in enumerate(each.values)
        if each.ours and value is not None
    ]
    reasons = {cell.asked for cell in cells if isinstance(cell.asked, str)}
    assert bool(reasons) == (number in (4, 8))


def test_tables_of_test_servers_say_that_their_labels_are_not_public(everything: NamedSets) -> None:
    for number in (4, 8):
        (reason,) = {cell.asked for cell in cells_of(TABLES[number], everything, Recipe())}
        assert "the labels of the test videos are the organisers' alone" in str(reason)


def test_student_learns_who_is_who_first_on_the_same_network(everything: NamedSets) -> None:
    (training,) = trainings(1, "EmotiEffNet-B2", "accuracy_8", everything)
    before = training.begins_with
    assert before is not None and before.config == "identity"
    assert [each.role for each in before.sets] == ["VGGFace2"]
    same = before.settings_by_key()
    assert same["network.options.backbone"] == "efficientnet-b2"
    assert same["stages.0.crop_px"] == 260
    assert training.settings_by_key()["task.options.valence_arousal"] is False


def test_students_of_one_backbone_begin_with_the_same_weights(everything: NamedSets) -> None:
    (one,) = trainings(1, "EmotiEffNet-B0", "accuracy_8", everything)
    (other,) = trainings(1, "MT-EmotiEffNet", "accuracy_8", everything)
    assert one.begins_with == other.begins_with and one != other


def test_without_people_nothing_is_frozen_and_the_name_says_so(everything: NamedSets) -> None:
    pictures = everything.by_role["AffectNet"]
    given = NamedSets({"AffectNet": pictures}, ROLE)
    (training,) = trainings(1, "MT-DDAMFN", "ccc_valence", given)
    assert training.begins_with is None and training.name == "mt-ddamfn-without-identity"
    assert training.settings_by_key()["stages.0.frozen"] == ()


def test_another_backbone_that_is_set_is_that_of_both_parts(everything: NamedSets) -> None:
    recipe = Recipe(overrides=("network.options.backbone=mobilevit-s",))
    (training,) = trainings(1, "MT-EmotiMobileViT", "accuracy_8", everything, recipe)
    assert training.begins_with is not None
    settings = training.begins_with.settings_by_key()
    assert settings["network.options.backbone"] == "mobilevit-s"
    assert training.begins_with.overrides == ()


def test_smoothing_is_of_the_same_head(everything: NamedSets) -> None:
    raw = asked(2, "MT-DDAMFN", "p_va", everything)
    smoothed = asked(2, "MT-DDAMFN, smoothing", "p_va", everything)
    assert not isinstance(raw, str) and not isinstance(smoothed, str)
    assert raw[0].trainings == smoothed[0].trainings
    assert [one.settings_by_key()["way"] for one in (raw[0], smoothed[0])] == ["raw", "smoothed"]
    head = raw[0].trainings[0].settings_by_key()
    assert head == {"task.options.stream": "mt-ddamfn.scores"}


def test_scores_have_a_linear_head_and_embeddings_and_sound_a_hidden_layer(
    everything: NamedSets,
) -> None:
    rows = {
        "Faces|DDAMFN|Scores (mean)": ("mimicry", "ddamfn.scores", "mean"),
        "Faces|DDAMFN|Embeddings (STAT)": ("mimicry-hidden", "ddamfn.embedding", "stat"),
        "Audio|wav2vec 2.0|Embeddings (STAT)": ("mimicry-hidden", "wav2vec2", "stat"),
        "Faces|MobileFaceNet (VggFace2)|Embeddings (mean)": (
            "mimicry-hidden",
            "mobilefacenet-identity.embedding",
            "mean",
        ),
    }
    for words, (config, stream, statistics) in rows.items():
        (training,) = trainings(7, words, "pcc", everything)
        told = training.settings_by_key()
        assert training.config == config
        assert told["task.options.streams"] == (stream,)
        assert told["task.options.statistics"] == statistics


def test_fused_row_stands_on_the_heads_of_two_other_rows(everything: NamedSets) -> None:
    fused = "Audio + Video|wav2vec 2.0 + MT-DDAMFN|Embeddings (STAT) + Scores (STAT)"
    parts = ("Audio|wav2vec 2.0|Embeddings (STAT)", "Faces|MT-DDAMFN|Scores (STAT)")
    assert list(trainings(7, fused, "pcc_joy", everything)) == [
        trainings(7, words, "pcc_joy", everything)[0] for words in parts
    ]


def test_compounds_of_both_tables_are_measured_once(everything: NamedSets) -> None:
    divergence = asked(5, "MT-EmotiMobileFaceNet", "kl_scores", everything)
    assert divergence == asked(6, "MT-EmotiMobileFaceNet", "macro_f1", everything)
    by_sound = asked(6, "Audio clustering + MT-EmotiMobileFaceNet", "macro_f1", everything)
    assert by_sound != divergence


def test_stream_that_is_not_there_is_named_with_what_makes_it(tmp_path: Path) -> None:
    given = sets_with(tmp_path / "one", "mt-mobilevit", sound="wavlm")
    assert asked(2, "MT-DDAMFN", "p_va", given) == (
        "the features of Aff-Wild2-VA have no stream mt-ddamfn.scores: make them with vigil data features"
        " --visual mt-ddamfn=RUN"
    )
    assert not isinstance(asked(3, "MT-EmotiMobileViT", "p_va", given), str)
    told = asked(7, "Audio|wav2vec 2.0|Embeddings (STAT)", "pcc", given)
    assert "have no stream wav2vec2: make them with vigil data features --audio" in str(told)
    # Clusters may be of any sound.
    assert not isinstance(asked(5, "MT-EmotiMobileViT", "kl_clustered_audio", given), str)


def test_settings_are_keys_of_the_configurations(everything: NamedSets) -> None:
    every: dict[str, Training] = {}
    for table in TABLES.values():
        for cell in cells_of(table, everything, Recipe()):
            for one in () if isinstance(cell.asked, str) else cell.asked:
                every |= {training.id: training for training in one.trainings}
    used = set()
    for training in [*every.values(), *(t.begins_with for t in every.values() if t.begins_with)]:
        assert training is not None
        settings = [f"{key}={json.dumps(value)}" for key, value in training.settings]
        loaded = load_config(training.config, settings)
        used.add(training.config)
        assert loaded.train.part == "network"
    assert used == set(CONFIGS)
