"""Expressions of pictures: which are learned from, what is drawn when, and that a network learns them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.errors import UserError
from model_compression.training.config import Stage
from model_compression.training.load_config import load_config
from model_compression.training.network_file import read_network
from model_compression.training.networks import create_network
from model_compression.training.pictures.figures import class_figures
from model_compression.training.pictures.mixed import MixingSettings, mixed
from model_compression.training.pictures.network_input import network_input
from model_compression.training.pictures.varied_picture import PictureAugmentation, varied_picture
from model_compression.training.seeds import seed_torch_at
from model_compression.training.task import TaskInput
from model_compression.training.tasks import open_task
from model_compression.training.tasks.losses import class_losses
from model_compression.training.tasks.pictures import PictureTask
from tests.model_compression.tasks.drawn_pictures import drawn_pictures
from tests.model_compression.tasks.picture_training import (
    learn,
    opened,
    same_after_a_stop,
    stages,
)

STAGE = Stage(crop_px=24, steps=1, learning_rate=0.1)
CONFIG = "visual-stage"
PLAIN = (
    "augmentation={mirror: 0, smallest_area: 1, largest_aspect: 1, light: 0}",
    "task.options={label: expression, goal: accuracy}",
)


class Says(nn.Module):
    """A network whose logits are the same whatever it sees, with the numbers pictures are normalised by."""

    mean, std, input_size_px = (0.5,), (0.5,), 32

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([logits]))

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.logits.expand(len(pictures), -1)}


def test_pictures_are_learned_and_those_held_out_are_told(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", task="expression", each={"train": 8, "val": 4})
    record = learn(
        CONFIG, prepared, tmp_path / "run", *PLAIN, stages(60), "validate_every_steps=60"
    )
    assert record.best["accuracy"] == 1.0
    assert record.best["macro_f1"] == 1.0
    file = read_network(tmp_path / "run")
    assert (file.choice.options["classes"], file.choice.options["channels"]) == (7, 1)
    assert file.told["classes"]["expression"][0] == "neutral"


def test_run_that_began_from_a_folder_of_transformers_is_read_without_it(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.ViTConfig(image_size=32, intermediate_size=32, **shape)
    folder = tmp_path / "vit"
    transformers.ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    prepared = drawn_pictures(tmp_path / "set", task="expression", each={"train": 2, "val": 1})
    network = f"network.options={{backbone: vit-b16, weights: {folder}}}"
    learn(CONFIG, prepared, tmp_path / "run", *PLAIN, network, stages(2), "validate_every_steps=2")
    folder.rename(tmp_path / "gone")
    read = read_network(tmp_path / "run").network()
    assert read(torch.zeros(1, 1, 32, 32))["embedding"].shape == (1, 16)


def test_run_of_pictures_goes_on_as_if_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = drawn_pictures(tmp_path / "set", task="expression")
    mix = "task.options.mix={mixup: 0.4, cutmix: 1}"
    assert same_after_a_stop(CONFIG, prepared, tmp_path, PictureTask, monkeypatch, mix)


@pytest.mark.parametrize(
    ("config", "label"),
    [
        ("visual-stage", "expression_8"),
        ("visual-stage-aff-wild2", "expression_other"),
        ("affect-efficientnet-expr", "expression_other"),
        ("affect-efficientnet", "expression_8"),
        ("affect-mobilefacenet", "expression_8"),
        ("affect-mobilevit", "expression_8"),
        ("affect-ddamfn", "expression_8"),
        ("affect-small", "expression"),
        ("identity", "identity"),
    ],
)
def test_configuration_opens_on_the_sets_it_is_for(config: str, label: str, tmp_path: Path) -> None:
    people = 3 if label == "identity" else 0
    prepared = drawn_pictures(
        tmp_path / "set", task=label, people=people, each={"train": 8, "val": 2}
    )
    loaded = load_config(config, [f'data=[{{"name": "{prepared}"}}]'])
    given = TaskInput("network", loaded.train.data, loaded.task_options, loaded.augmentation, None)
    task = open_task(loaded.train.task.name, given)
    options = {**loaded.train.network.options, **task.network_options()}  # type: ignore[attr-defined]
    with torch.device("meta"):
        network = create_network(loaded.train.network.name, **options)
    assert network.input_size_px == loaded.train.stages[0].crop_px


def test_contempt_is_left_out_where_seven_are_asked_for(tmp_path: Path) -> None:
    task = opened("pictures", drawn_pictures(tmp_path / "set", each={"train": 2, "val": 1}))
    (source,) = task.expressions.sources  # type: ignore[attr-defined]
    assert sorted(source.learned.label) == sorted(2 * list(range(7)))
    assert sorted(source.held_out.label) == list(range(7))


def test_set_of_seven_teaches_eight_without_the_one_it_does_not_know(tmp_path: Path) -> None:
    seven = drawn_pictures(tmp_path / "seven", task="expression")
    eight = drawn_pictures(tmp_path / "eight")
    task = opened("pictures", seven, eight, label="expression_8")
    of_all = Says(*[0.0] * 7, 5.0)
    batch = {
        "pictures": torch.zeros(2, 24, 24, 1, dtype=torch.uint8),
        "label": torch.tensor([1, 1]),
        "source": torch.tensor([0, 1]),
    }
    loss = task.losses(of_all, batch)["loss"]
    logits = of_all.logits[0].double()
    expected = [-logits[:7].log_softmax(0)[1], -logits.log_softmax(0)[1]]
    assert float(loss.detach()) == pytest.approx(float(sum(expected).detach() / 2), rel=1e-5)
    loss.backward()
    assert torch.isfinite(of_all.logits.grad).all()  # type: ignore[union-attr]


def test_smoothing_spreads_over_the_known_classes_alone() -> None:
    logits = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    label = torch.tensor([0, 3, 6])
    known = torch.tensor([True] * 7 + [False]).expand(3, 8)
    masked = class_losses(logits, label, smoothing=0.1, known=known)
    plain = class_losses(logits[:, :7], label, smoothing=0.1)
    assert torch.allclose(masked, plain)


def test_position_gives_the_same_picture_whatever_was_asked_before(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", frames=3)
    task = opened("pictures", prepared)
    samples = task.samples(STAGE, 0, 1)
    whole = samples.__getitems__(list(range(8)))  # type: ignore[attr-defined]
    parts = [task.samples(STAGE, 0, 1).__getitems__([n]) for n in reversed(range(8))]  # type: ignore[attr-defined]
    for name, values in whole.items():
        assert np.array_equal(values, np.concatenate([part[name] for part in reversed(parts)]))
    assert whole["pictures"].shape == (8, 24, 24, 1)
    assert np.array_equal(samples[3]["pictures"], whole["pictures"][3])


def test_all_pictures_of_all_sets_come_once_before_any_comes_again(tmp_path: Path) -> None:
    large = drawn_pictures(tmp_path / "large", each={"train": 6, "val": 1})
    small = drawn_pictures(tmp_path / "small", each={"train": 1, "val": 1})
    samples = opened("pictures", large, small).samples(STAGE, 0, 1)
    count = 7 * 7
    rounds = [[samples.name(n) for n in range(k * count, (k + 1) * count)] for k in range(2)]  # type: ignore[attr-defined]
    assert len(set(rounds[0])) == count
    assert sorted(rounds[0]) == sorted(rounds[1])
    assert rounds[0] != rounds[1]


def test_sets_are_drawn_by_their_weights_where_asked_for(tmp_path: Path) -> None:
    large = drawn_pictures(tmp_path / "large", each={"train": 6, "val": 1})
    small = drawn_pictures(tmp_path / "small", each={"train": 1, "val": 1})
    task = opened("pictures", large, small, mixing="sets", weights=(1.0, 3.0))
    source = task.samples(STAGE, 0, 1).__getitems__(list(range(400)))["source"]  # type: ignore[attr-defined]
    assert source.mean() == pytest.approx(0.75, abs=0.07)


def test_rare_classes_weigh_more_and_a_batch_stays_a_mean(tmp_path: Path) -> None:
    prepared = drawn_pictures(
        tmp_path / "set",
        task="expression",
        wrong={f"train-{label}-{n}": 0 for label in (1, 2, 3) for n in (0, 1, 2)},
    )
    task = opened("pictures", prepared, class_weight_power=1.0)
    weights = task.expressions.weights  # type: ignore[attr-defined]
    counts = torch.tensor([13.0, 1, 1, 1, 4, 4, 4])
    assert torch.allclose(weights / weights[0], 13 / counts)
    assert float((weights * counts).sum() / counts.sum()) == pytest.approx(1.0)


def test_middle_frame_of_a_longer_clip_is_measured(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", task="expression", frames=3)
    task = opened("pictures", prepared)
    (source,) = task.expressions.sources  # type: ignore[attr-defined]
    shown: list[torch.Tensor] = []

    class Looks(Says):
        def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            shown.append(pictures)
            return super().forward(pictures)

    looks = Looks(*[0.0] * 7)
    task.validate(looks, "cpu")
    frames = [source.store.frames(int(row))[1] for row in source.held_out.row]
    assert torch.allclose(shown[0], network_input(torch.from_numpy(np.stack(frames)), looks))


def test_figures_are_those_of_their_definitions() -> None:
    truth, said = torch.tensor([0, 0, 0, 1, 2]), torch.tensor([0, 0, 1, 1, 3])
    figures = class_figures(said, truth, 5)
    assert figures["accuracy"] == pytest.approx(3 / 5)
    assert figures["uar"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert figures["macro_f1"] == pytest.approx((4 / 5 + 2 / 3 + 0 + 0) / 4)


def test_nothing_varied_is_the_picture_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    still = PictureAugmentation(mirror=0, smallest_area=1, largest_aspect=1, light=0)
    assert np.array_equal(varied_picture(picture, 20, np.random.default_rng(0), still), picture)
    mirrored = still.model_copy(update={"mirror": 1.0})
    assert np.array_equal(
        varied_picture(picture, 20, np.random.default_rng(0), mirrored), picture[:, ::-1]
    )


def test_cut_is_no_smaller_than_asked_for() -> None:
    ramp = np.repeat(np.arange(100, dtype=np.uint8)[:, None], 100, axis=1)[..., None]
    cut = PictureAugmentation(mirror=0, smallest_area=0.5, largest_aspect=1, light=0)
    spans = [
        int(np.ptp(varied_picture(ramp, 100, np.random.default_rng(seed), cut)))
        for seed in range(60)
    ]
    assert min(spans) >= 69  # the root of a half of 100 rows, less the first
    assert min(spans) < 80 < 95 < max(spans)


def test_mixed_pictures_are_as_much_their_own_as_their_share_says() -> None:
    pictures = torch.arange(4.0)[:, None, None, None].expand(4, 1, 16, 16)
    for settings in (MixingSettings(mixup=0.4), MixingSettings(cutmix=1.0)):
        seed_torch_at(1, 7)
        mix = mixed(pictures, settings)
        assert mix is not None
        expected = mix.share * torch.arange(4.0) + (1 - mix.share) * mix.other
        assert torch.allclose(mix.pictures.mean(dim=(1, 2, 3)), expected)
    assert mixed(pictures, MixingSettings()) is None


def test_loss_of_mixed_pictures_is_that_of_both_labels_by_their_shares(tmp_path: Path) -> None:
    task = opened("pictures", drawn_pictures(tmp_path / "set"), mix={"mixup": 0.4})
    network = Says(*torch.arange(7.0).tolist())
    label = torch.tensor([0, 6, 3, 1])
    batch = {
        "pictures": torch.zeros(4, 32, 32, 1, dtype=torch.uint8),
        "label": label,
        "source": torch.zeros(4, dtype=torch.long),
    }
    seed_torch_at(1, 7)
    loss = task.losses(network, batch)["loss"]
    seed_torch_at(1, 7)
    mix = mixed(torch.zeros(4, 1, 32, 32), MixingSettings(mixup=0.4))
    assert mix is not None and 0.02 < mix.share < 0.98
    each = nn.functional.cross_entropy(network.logits.expand(4, -1), label, reduction="none")
    expected = (mix.share * each + (1 - mix.share) * each[mix.other]).mean()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_a_class_that_a_set_does_not_know_is_not_said_of_its_pictures(tmp_path: Path) -> None:
    """Contempt, of pictures whose labellers could not choose it."""
    seven = drawn_pictures(tmp_path / "seven", task="expression")
    eight = drawn_pictures(tmp_path / "eight")
    always = Says(3.0, 0, 0, 0, 0, 0, 0, 9.0)
    figures = opened("pictures", seven, eight, label="expression_8").validate(always, "cpu")
    assert figures["accuracy"] == pytest.approx((2 + 2) / (7 * 2 + 8 * 2))
    alike = opened("pictures", seven, eight, label="expression_8", mask_unknown=False)
    assert alike.validate(always, "cpu")["accuracy"] == pytest.approx(2 / (7 * 2 + 8 * 2))


def test_pictures_are_measured_at_the_size_asked_for(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set")
    sizes = []

    class Looks(Says):
        def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            sizes.append(tuple(pictures.shape[2:]))
            return super().forward(pictures)

    opened("pictures", prepared).validate(Looks(*[0.0] * 7), "cpu")
    opened("pictures", prepared, measured_px=24).validate(Looks(*[0.0] * 7), "cpu")
    assert sizes == [(32, 32), (24, 24)]


def test_set_without_expressions_is_refused(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", task="drowsiness")
    with pytest.raises(UserError, match=r"is not labelled for expression, only for drowsiness\."):
        opened("pictures", prepared)


def test_grey_and_colour_are_not_learned_together(tmp_path: Path) -> None:
    grey = drawn_pictures(tmp_path / "grey")
    colour = drawn_pictures(tmp_path / "colour", channels=3)
    with pytest.raises(UserError, match="some sets are prepared in colour and some in grey"):
        opened("pictures", grey, colour)


def test_label_outside_the_classes_names_its_picture(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", wrong={"train-3-1": 8})
    with pytest.raises(UserError, match=r"train-3-1 has class 8 of expression_8, whose classes"):
        opened("pictures", prepared)


def test_nothing_to_learn_from_is_told() -> None:
    with pytest.raises(UserError, match="data: no pictures to learn from"):
        opened("pictures")


def test_network_that_takes_no_pictures_is_refused() -> None:
    with pytest.raises(UserError, match="takes no pictures"):
        network_input(torch.zeros(1, 8, 8, 1, dtype=torch.uint8), nn.Linear(1, 1))
