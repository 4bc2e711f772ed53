"""What each table of paper 4 asks for: students on AffectNet, or heads on the features of students that were frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

from model_compression.data.features.feature_set import FeatureSet, Stream
from model_compression.reproduce.jobs import Cell, Measuring, Setting, Training
from model_compression.reproduce.named_sets import CannotRunError, NamedSet, NamedSets, Role
from model_compression.reproduce.own_rows import cells_by
from model_compression.reproduce.paper4.students import SCHOOLINGS, SOUND, STUDENTS, Schooling
from model_compression.reproduce.printed import PrintedColumn, PrintedRow, PrintedTable
from model_compression.reproduce.recipe import Recipe

_PICTURES, _PEOPLE = "AffectNet", "VGGFace2"
_AFFECT, _COMPOUND, _MIMICRY = "Aff-Wild2-VA", "C-EXPR", "Hume-Vidmimic2"
ROLES = (
    Role(_PICTURES, "pictures", ("affectnet",)),
    Role(_PEOPLE, "pictures", ("faces-by-person",)),
    Role(_AFFECT, "features", ("aff-wild2-va",)),
    Role(_COMPOUND, "features", ("c-expr",)),
    Role(_MIMICRY, "features", ("hume-vidmimic2",)),
)
_IDENTITY, _HEAD = "identity", "valence-arousal"
_LINEAR, _HIDDEN = "mimicry", "mimicry-hidden"
CONFIGS = (
    _IDENTITY,
    *dict.fromkeys(schooling.config for schooling in SCHOOLINGS.values()),
    *(_HEAD, _LINEAR, _HIDDEN),
)
PICTURES, AFFECT, ZERO_SHOT, COMPOUND, MIMICRY = (  # what is measured
    "pictures",
    "affect",
    "zero-shot",
    "compound",
    "mimicry",
)
WAY, STREAM, STUDENT, SEED, BY = "way", "stream", "student", "seed", "by"  # of measurings
SOUND_CLUSTERS = "clusters of sound"
SCORES, EMBEDDING = "scores", "embedding"
_SMOOTHED = ", smoothing"  # behind the name of a row of table 2
_OF_TABLE_7 = {"Scores": SCORES, "Embeddings": EMBEDDING}
_NOT_PUBLIC = "the labels of the test videos are the organisers' alone: they scored what was sent"


def cells_of(table: PrintedTable, sets: NamedSets, recipe: Recipe) -> list[Cell]:
    """Of every number that the paper prints of its own networks."""
    asked = {
        1: _schooled,
        2: _affect,
        3: _zero_shot,
        4: _sent_in,
        5: _compound,
        6: _compound,
        7: _mimicry,
        8: _sent_in,
    }[table.number]
    return cells_by(table, partial(asked, sets=sets, recipe=recipe))


def _sent_in(
    row: PrintedRow, column: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    raise CannotRunError(_NOT_PUBLIC)


def _schooled(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """Table 1: who is who where VGGFace2 is there, then expressions, valence and arousal."""
    pictures = _measured_on(sets, _PICTURES)
    name, schooling = STUDENTS[row.labels[0]], SCHOOLINGS[row.labels[0]]
    return tuple(
        Measuring(
            PICTURES, pictures, (_schooling(name, schooling, pictures, sets, recipe, seed=seed),)
        )
        for seed in recipe.each_seed
    )


def _schooling(
    name: str,
    schooling: Schooling,
    pictures: NamedSet,
    sets: NamedSets,
    recipe: Recipe,
    *,
    seed: int,
) -> Training:
    settings: list[Setting] = []
    train = recipe.loaded(schooling.config)
    network = dict(train.network.options)
    if schooling.backbone is not None:
        network["backbone"] = schooling.backbone
        settings.append(("network.options.backbone", schooling.backbone))
    side_px = schooling.side_px or train.stages[0].crop_px
    if schooling.side_px is not None:
        settings += [(f"stages.{n}.crop_px", side_px) for n in range(len(train.stages))]
    if not schooling.values:
        settings.append(("task.options.valence_arousal", False))
    identity = None
    people = sets.by_role.get(_PEOPLE)
    if people is not None:
        # The same network: whatever was set of it beside its dropout is set of this one too.
        same = [
            (f"network.options.{key}", tuple(value) if isinstance(value, list) else value)
            for key, value in network.items()
            if key != "dropout"
        ]
        identity = recipe.training(
            f"identity-{network['backbone']}",
            _IDENTITY,
            [people],
            [*same, ("stages.0.crop_px", side_px)],
            seed=seed,
            overridden=False,
        )
    elif train.stages[0].frozen:
        # Heads on a network that has learned nothing would wait for it: nothing is frozen.
        settings.append(("stages.0.frozen", ()))
    return recipe.training(
        name if identity is not None else f"{name}-without-identity",
        schooling.config,
        [pictures],
        settings,
        seed=seed,
        begins_with=identity,
    )


def _affect(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """Table 2: a linear head on a student's scores."""
    student = STUDENTS[row.labels[0].removesuffix(_SMOOTHED)]
    features = _with_stream(sets, _AFFECT, student, SCORES)
    stream = ("task.options.stream", f"{student}.{SCORES}")
    way = (WAY, "smoothed" if row.labels[0].endswith(_SMOOTHED) else "raw")
    return tuple(
        Measuring(
            AFFECT,
            features,
            (recipe.training(f"affect-{student}", _HEAD, [features], [stream], seed=seed),),
            (way,),
        )
        for seed in recipe.each_seed
    )


def _zero_shot(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """Table 3: what a student says by itself."""
    student = STUDENTS[row.labels[0]]
    features = _with_stream(sets, _AFFECT, student, SCORES)
    return (Measuring(ZERO_SHOT, features, settings=((STREAM, f"{student}.{SCORES}"),)),)


def _compound(
    row: PrintedRow, column: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """Tables 5 and 6. A seed is that of the clusters."""
    clusters, _, label = row.labels[0].rpartition(" + ")
    student = STUDENTS[label]
    features = _with_stream(sets, _COMPOUND, student, SCORES, split=False)
    if column.figure == "kl_clustered_embeddings":
        _with_stream(sets, _COMPOUND, student, EMBEDDING, split=False)
    if clusters or column.figure == "kl_clustered_audio":
        _with_sound(features)
    settings: tuple[Setting, ...] = ((STUDENT, student),)
    if clusters:
        settings += ((BY, SOUND_CLUSTERS),)
    return tuple(
        Measuring(COMPOUND, features, settings=(*settings, (SEED, seed)))
        for seed in recipe.each_seed
    )


def _mimicry(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """Table 7: one head, or one of sound and one of faces, fused."""
    models, told = (label.split(" + ") for label in row.labels[1:])
    parts = list(zip(models, told, strict=True))
    return tuple(
        Measuring(
            MIMICRY,
            _measured_on(sets, _MIMICRY),
            tuple(_intensity(model, what, sets, recipe, seed=seed) for model, what in parts),
        )
        for seed in recipe.each_seed
    )


def _intensity(model: str, told: str, sets: NamedSets, recipe: Recipe, *, seed: int) -> Training:
    """told: `Scores (STAT)`, `Embeddings (mean)`."""
    kind, _, statistics = told.removesuffix(")").partition(" (")
    what = _OF_TABLE_7[kind]
    if model in STUDENTS:
        stream = f"{STUDENTS[model]}.{what}"
        features = _with_stream(sets, _MIMICRY, STUDENTS[model], what)
    else:
        stream, features = SOUND, _measured_on(sets, _MIMICRY)
        _with_sound(features, SOUND)
    settings: list[Setting] = [
        ("task.options.streams", (stream,)),
        ("task.options.statistics", statistics.lower()),
    ]
    name = f"mimicry-{stream.replace('.', '-')}-{statistics.lower()}"
    config = _LINEAR if what == SCORES else _HIDDEN
    return recipe.training(name, config, [features], settings, seed=seed)


def _measured_on(sets: NamedSets, role: str) -> NamedSet:
    """Raises `CannotRunError`."""
    found = sets.need(role)
    if not found.test_split:
        raise CannotRunError(f"{role} has no split to be measured on")
    return found


def _with_stream(
    sets: NamedSets, role: str, student: str, what: str, *, split: bool = True
) -> NamedSet:
    """Features with that of the student; split: to be measured on. Raises `CannotRunError`."""
    found = _measured_on(sets, role) if split else sets.need(role)
    if f"{student}.{what}" not in _streams(found):
        raise CannotRunError(
            f"the features of {role} have no stream {student}.{what}: make them with vigil data features"
            f" --visual {student}=RUN"
        )
    return found


def _with_sound(features: NamedSet, name: str | None = None) -> None:
    """name: None, any sound will do. Raises `CannotRunError`."""
    heard: Sequence[str] = [n for n, one in _streams(features).items() if one.of == "sound"]
    if not heard or name not in (None, *heard):
        raise CannotRunError(
            f"the features of {features.role} have no stream {name or SOUND}: make them with vigil data features"
            " --audio FOLDER of wav2vec 2.0"
        )


@cache
def _streams(features: NamedSet) -> Mapping[str, Stream]:
    return FeatureSet.open(features.folder).streams
