"""What each table of paper 2 asks for: a visual stage in two parts, or a network of faces and sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from edge_app.errors import UserError
from model_compression.reproduce.jobs import WEIGHTS, Cell, Measuring, Setting, Training
from model_compression.reproduce.named_sets import CannotRunError, NamedSet, NamedSets, Role
from model_compression.reproduce.own_rows import cells_by
from model_compression.reproduce.printed import PrintedColumn, PrintedRow, PrintedTable
from model_compression.reproduce.recipe import Recipe

_FEATURES, _FACES = "Aff-Wild2", "Aff-Wild2-faces"
_PICTURES = ("RAF-DB", "FERPlus", "AffectNet")
ROLES = (
    Role(_FEATURES, "features", ("aff-wild2-expr",)),
    Role(_FACES, "pictures", ("aff-wild2",)),
    Role("RAF-DB", "pictures", ("raf-db",)),
    Role("FERPlus", "pictures", ("ferplus",)),
    Role("AffectNet", "pictures", ("affectnet",)),
)
_FIRST_STAGE, _SECOND_STAGE = "visual-stage", "visual-stage-aff-wild2"
_FUSION, _ATTENTION = "lambda-fusion", "safe-cross-attention-paper"
CONFIGS = (_FIRST_STAGE, _SECOND_STAGE, _FUSION, _ATTENTION)
PICTURES, FRAMES = "pictures", "frames"  # what is measured
VISUAL_WEIGHT = "visual_weight"  # of a measuring: lambda

BACKBONES: Mapping[str, str] = {  # as printed -> of `picture-network`
    "ResNet50": "resnet-50",
    "EfficientNetV2-M": "efficientnet-v2-m",
    "MAE-ViT-Base": "vit-b16",
    "BEiT-large": "beit-l16",
}
# Named after how they were pre-trained: without these weights they would be other networks.
_NAMED_AFTER_WEIGHTS = ("vit-b16", "beit-l16")
_OF_A_RUN = ("network.pt", "last.ckpt")

Weights = Mapping[str, Path]  # backbone -> published weights


def cells_of(
    table: PrintedTable, sets: NamedSets, recipe: Recipe, weights: Weights | None = None
) -> list[Cell]:
    """Of every number that the paper prints of its own networks."""
    asked = {
        1: partial(_visual, sets=sets, recipe=recipe, weights=weights or {}),
        2: partial(_fusion, sets=sets, recipe=recipe),
        3: partial(_attention, sets=sets, recipe=recipe),
    }[table.number]
    return cells_by(table, asked)


def weights_of(words: Sequence[str]) -> Weights:
    """words: BACKBONE=PATH. Raises `UserError`."""
    known, found = tuple(BACKBONES.values()), {}
    for word in words:
        backbone, equals, place = word.partition("=")
        if not equals or not place or backbone not in known:
            raise UserError(
                f"--weights {word}: give BACKBONE=PATH with one of the backbones {', '.join(known)}"
            )
        path = Path(place).expanduser()
        if backbone in _NAMED_AFTER_WEIGHTS:
            if not (path / "config.json").is_file() or not any(path.glob("*.safetensors")):
                raise UserError(
                    f"--weights {word}: name a folder of transformers, with config.json and weights as safetensors"
                )
        elif not path.is_file() and not any((path / name).is_file() for name in _OF_A_RUN):
            raise UserError(
                f"--weights {word}: there is no such file, nor a run of Vigil's in a folder of that name"
            )
        found[backbone] = (
            path.resolve()
        )  # a run goes on from whatever folder the command is given in
    return found


def _visual(
    row: PrintedRow,
    _: PrintedColumn,
    *,
    sets: NamedSets,
    recipe: Recipe,
    weights: Weights,
) -> tuple[Measuring, ...]:
    """Seven expressions of three sets, then the eight of Aff-Wild2 (sec. 3.2)."""
    backbone = BACKBONES[row.labels[0]]
    faces = _measured_on(sets, _FACES)
    learned = [sets.need(role) for role in _PICTURES]
    given = weights.get(backbone)
    if given is None and backbone in _NAMED_AFTER_WEIGHTS:
        raise CannotRunError(
            f"{row.labels[0]} begins with published weights: give --weights {backbone}=FOLDER"
        )
    settings: list[Setting] = [("network.options.backbone", backbone)]
    takes_folder = given is not None and backbone in _NAMED_AFTER_WEIGHTS
    if takes_folder:
        settings.append((WEIGHTS, str(given)))
    # The published weights of the paper's two others are not named in it: without any they begin with nothing.
    name = backbone if given is not None else f"{backbone}-from-nothing"
    measurings = []
    for seed in recipe.each_seed:
        first = recipe.training(
            f"{name}-seven",
            _FIRST_STAGE,
            learned,
            settings,
            seed=seed,
            weights=None if given is None or takes_folder else str(given),
        )
        second = recipe.training(
            name, _SECOND_STAGE, [faces], settings, seed=seed, begins_with=first
        )
        measurings.append(Measuring(PICTURES, faces, (second,)))
    return tuple(measurings)


def _fusion(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    """One network, asked with each lambda (sec. 4.3): both parts learn alike whatever it is."""
    features = _measured_on(sets, _FEATURES)
    weight = (VISUAL_WEIGHT, float(row.labels[0]))
    return tuple(
        Measuring(
            FRAMES, features, (recipe.training(_FUSION, _FUSION, [features], seed=seed),), (weight,)
        )
        for seed in recipe.each_seed
    )


def _attention(
    row: PrintedRow, _: PrintedColumn, *, sets: NamedSets, recipe: Recipe
) -> tuple[Measuring, ...]:
    features = _measured_on(sets, _FEATURES)
    dropout, width, layers = float(row.labels[0]), int(row.labels[1]), int(row.labels[2])
    settings: tuple[Setting, ...] = (
        ("task.options.visual_dropout", dropout),
        ("network.options.width", width),
        ("network.options.layers", layers),
    )
    name = f"attention-p{dropout:g}-d{width}-l{layers}"

    def trained(seed: int) -> Training:
        return recipe.training(name, _ATTENTION, [features], settings, seed=seed)

    return tuple(Measuring(FRAMES, features, (trained(seed),)) for seed in recipe.each_seed)


def _measured_on(sets: NamedSets, role: str) -> NamedSet:
    """Raises `CannotRunError`."""
    found = sets.need(role)
    if not found.test_split:
        raise CannotRunError(f"{role} has no split to be measured on")
    return found
