"""What each table of paper 3, and each point of its figure 3, asks for: pre-training, joint fine-tuning, a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from model_compression.reproduce.jobs import Cell, Measuring, Setting, Training
from model_compression.reproduce.named_sets import CannotRunError, NamedSet, NamedSets, Role
from model_compression.reproduce.paper3.lengths import PAPERS_SHARE, Lengths
from model_compression.reproduce.printed import WITHOUT_A_SET, PrintedTable

ROLES = (
    Role("DFEW", "clips", ("dfew",)),
    Role("FERV39k", "clips", ("ferv39k",)),
    Role("MAFW", "clips", ("mafw",)),
    Role("VoxCeleb2", "clips", ("voxceleb2",)),
    Role("AffectNet", "pictures", ("affectnet",)),
    Role("VoxCeleb2-pictures", "pictures", ("voxceleb2",)),
)
CLIPS, PICTURES, COST = "clips", "pictures", "cost"  # what is measured
EXPRESSION, ALL_OF_MAFW = "expression", "expression_11"
_IMAGES, _VIDEOS, _IMAGES_OF_VIDEOS = "AffectNet", "VoxCeleb2", "VoxCeleb2-pictures"


@dataclass(frozen=True, slots=True)
class Row:
    """A network of the paper by what sets it apart."""

    slug: str
    pretraining: tuple[str, ...] = (_VIDEOS, _IMAGES)  # roles; none: without
    experts: str = "adapter"
    expert_count: int | None = None  # as configured
    expert_layers: str = "later"
    picture_share: float = PAPERS_SHARE  # 0: fine-tuned on clips alone
    only_pictures: bool = False
    public_weights: bool = False  # begins with VideoMAE's


@dataclass(frozen=True, slots=True)
class Recipe:
    """How every network is trained; the rows say what differs."""

    config: str
    pretraining_config: str
    depth: int  # layers of the network that `config` makes
    lengths: Lengths
    expert_count: int = 8  # of that network
    seeds: int = 1
    pretraining_steps: int | None = None
    videomae: str | None = None  # file of public weights
    overrides: tuple[str, ...] = ()
    pretraining_overrides: tuple[str, ...] = ()


WHOLE = Row("unilearn")
VIT = Row("vit", experts="none", picture_share=0.0)
DYNAMIC_ONLY = Row("unilearn-clips-only", picture_share=0.0)
_ROWS: Mapping[int, Sequence[Row]] = {  # the paper's own rows, from the top
    1: [WHOLE],
    2: [
        Row("without-pretraining", pretraining=()),
        Row("pictures-pretrained", pretraining=(_IMAGES,)),
        Row("videos-pretrained", pretraining=(_VIDEOS,)),
        WHOLE,
        Row("voxceleb2-twice", pretraining=(_VIDEOS, _IMAGES_OF_VIDEOS)),
    ],
    3: [VIT, Row("vit-mtl", experts="none"), WHOLE, Row("vit-moe", experts="ffn")],
    4: [Row("unilearn-pictures-only", only_pictures=True), DYNAMIC_ONLY, WHOLE],
    5: [
        Row("videomae", pretraining=(), experts="none", picture_share=0.0, public_weights=True),
        VIT,
        DYNAMIC_ONLY,
        WHOLE,
        Row("early", expert_layers="early"),
        Row("middle", expert_layers="middle"),
        WHOLE,
        Row("alternate", expert_layers="alternate"),
    ],
}
# Panel of figure 3 -> (x, what is measured there).
Points = Mapping[str, Sequence[tuple[float, tuple[Measuring, ...] | str]]]
EXPERT_COUNTS = (2, 4, 6, 8, 10)  # the values of the figure are not in the paper's text
PICTURE_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def cells_of(table: PrintedTable, sets: NamedSets, recipe: Recipe) -> list[Cell]:
    """Of every number that the paper prints of its own networks; a dash asks for nothing."""
    own = [index for index, row in enumerate(table.rows) if row.ours]
    return [
        Cell(
            index,
            number,
            column.figure,
            _tried(partial(_asked, row, column.figure, column.set, sets, recipe)),
        )
        for index, row in zip(own, _ROWS[table.number], strict=True)
        for number, column in enumerate(table.columns)
        if table.rows[index].values[number] is not None
    ]


def points_of_figure3(sets: NamedSets, recipe: Recipe) -> Points:
    """Numbers of experts, and shares of the pictures; on FERV39k. What stands in a table is its network."""
    counts = [
        (
            float(count),
            WHOLE
            if count == recipe.expert_count
            else replace(WHOLE, slug=f"{count}-experts", expert_count=count),
        )
        for count in EXPERT_COUNTS
    ]
    in_tables = {row.picture_share: row for row in (WHOLE, DYNAMIC_ONLY)}
    shares = [
        (
            share,
            in_tables.get(share)
            or replace(WHOLE, slug=f"{share:g}-of-pictures", picture_share=share),
        )
        for share in PICTURE_SHARES
    ]
    return {
        panel: [
            (x, _tried(partial(_asked, row, "uar", "FERV39k", sets, recipe))) for x, row in rows
        ]
        for panel, rows in (("experts", counts), ("share of the pictures", shares))
    }


def network_of_figure4(sets: NamedSets, recipe: Recipe) -> tuple[Training, NamedSet, NamedSet]:
    """UniLearn as it is, with the clips and the pictures that it is shown. Raises `CannotRunError`."""
    clips, pictures = sets.need("FERV39k"), sets.need(_IMAGES)
    return _fine_tuning(WHOLE, clips, sets, recipe, seed=1)[0], clips, pictures


def expert_layers(where: str, depth: int) -> tuple[int, ...]:
    """Half of the layers, counted from 1 (table 5, right)."""
    half = depth // 2
    first = {"early": 0, "middle": (depth - half) // 2, "later": depth - half}
    if where == "alternate":
        return tuple(range(2, depth + 1, 2))
    return tuple(range(first[where] + 1, first[where] + half + 1))


def _tried(asked: Callable[[], tuple[Measuring, ...]]) -> tuple[Measuring, ...] | str:
    try:
        return asked()
    except CannotRunError as why:
        return str(why)


def _asked(
    row: Row, figure: str, role: str | None, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """For each seed. Raises `CannotRunError`."""
    if figure in WITHOUT_A_SET:
        clips = sets.need("FERV39k")
        return (Measuring(COST, clips, _fine_tuning(row, clips, sets, recipe, seed=1)[:1]),)
    assert role is not None
    on = sets.need(role)
    if not (on.folds or on.test_split):
        raise CannotRunError(f"{role} has neither folds nor a split to be measured on")
    how = PICTURES if role == _IMAGES else CLIPS
    learned = sets.need("FERV39k") if how == PICTURES else on
    return tuple(
        Measuring(how, on, _fine_tuning(row, learned, sets, recipe, seed=seed))
        for seed in range(1, recipe.seeds + 1)
    )


def _fine_tuning(
    row: Row, clips: NamedSet, sets: NamedSets, recipe: Recipe, *, seed: int
) -> tuple[Training, ...]:
    """One for each fold of the clips. Raises `CannotRunError`."""
    weights = None
    if row.public_weights:
        if recipe.videomae is None:
            raise CannotRunError("VideoMAE's public weights: give --videomae FILE.safetensors")
        weights = recipe.videomae
    folds = () if row.only_pictures else clips.folds
    return tuple(
        _one(row, clips, sets, recipe, seed=seed, fold=fold, weights=weights)
        for fold in folds or (None,)
    )


def _one(
    row: Row,
    clips: NamedSet,
    sets: NamedSets,
    recipe: Recipe,
    *,
    seed: int,
    fold: int | None,
    weights: str | None,
) -> Training:
    learned = tuple(_learned_from(row, clips, sets))
    settings: list[Setting] = [
        ("network.name", "clip-vit"),
        ("network.options.experts", row.experts),
        ("task.options.label", EXPRESSION if row.only_pictures else _label_of(clips)),
        # What is measured on is never chosen by.
        ("task.options.choose_by", "people" if learned[0].test_split == "val" else "val"),
    ]
    if row.experts != "none":
        settings.append(
            ("network.options.expert_layers", expert_layers(row.expert_layers, recipe.depth))
        )
    if row.expert_count is not None:
        settings.append(("network.options.expert_count", row.expert_count))
    if fold is not None:
        settings.append(("task.options.fold", fold))
    settings += [
        ("task.options.picture_share", 1.0 if row.only_pictures else row.picture_share),
        ("task.options.picture_label", EXPRESSION),
    ]
    batches = recipe.lengths.batches(row.picture_share)
    if batches is not None and row.picture_share not in (0.0, PAPERS_SHARE):
        settings.append(("task.options.picture_batches", batches))
    return Training(
        name=row.slug if fold is None else f"{row.slug}-fold-{fold}",
        config=recipe.config,
        sets=learned,
        settings=tuple(settings),
        seed=seed,
        begins_with=_pretraining(row, sets, recipe, seed=seed, fold=fold),
        weights=weights,
        steps=_steps(row, clips, sets, recipe),
        overrides=recipe.overrides,
    )


def _steps(row: Row, clips: NamedSet, sets: NamedSets, recipe: Recipe) -> int:
    lengths = recipe.lengths
    if row.only_pictures:
        return lengths.steps_of_joint
    try:
        pictures = sets.need(_IMAGES).to_learn
    except CannotRunError:
        pictures = 0  # nothing here is compared with joint training
    return lengths.steps(row.picture_share, clips=clips.to_learn, pictures=pictures)


def _learned_from(row: Row, clips: NamedSet, sets: NamedSets) -> list[NamedSet]:
    if row.only_pictures:
        return [sets.need(_IMAGES)]
    return [clips, sets.need(_IMAGES)] if row.picture_share else [clips]


def _pretraining(
    row: Row, sets: NamedSets, recipe: Recipe, *, seed: int, fold: int | None
) -> Training | None:
    if not row.pretraining:
        return None
    # Pictures of VideoMAE's own videos have to be those: any other set would make it the row above.
    learned = tuple(sets.need(role, itself=role == _IMAGES_OF_VIDEOS) for role in row.pretraining)
    # Where clips of the table's own set stand in, the fold that is measured is not looked at.
    kept = fold if any(fold in each.folds for each in learned) else None
    name = "masked-" + "-and-".join(role.lower() for role in row.pretraining)
    return Training(
        name=name if kept is None else f"{name}-without-fold-{kept}",
        config=recipe.pretraining_config,
        sets=learned,
        settings=() if kept is None else (("task.options.fold", kept),),
        seed=seed,
        steps=recipe.pretraining_steps,
        overrides=recipe.pretraining_overrides,
    )


def _label_of(clips: NamedSet) -> str:
    return ALL_OF_MAFW if clips.role == "MAFW" and ALL_OF_MAFW in clips.labels else EXPRESSION
