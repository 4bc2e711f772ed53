"""Who is on a picture: learned, measured on other pictures of the same people, and handed on as a backbone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from edge_app.errors import UserError
from model_compression.training.config import Stage
from model_compression.training.network_file import read_network, take_over
from model_compression.training.tasks.identity import IdentityTask
from tests.model_compression.tasks.drawn_pictures import drawn_pictures
from tests.model_compression.tasks.picture_training import (
    learn,
    opened,
    same_after_a_stop,
    stages,
)

CONFIG = "identity"
PLAIN = "augmentation={mirror: 0, smallest_area: 1, largest_aspect: 1, light: 0}"


def people(folder: Path, count: int = 6, **each: int) -> Path:
    return drawn_pictures(
        folder, task="identity", people=count, each=each or {"train": 8}, values=False
    )


def test_people_are_told_on_pictures_that_were_not_learned_from(tmp_path: Path) -> None:
    record = learn(
        CONFIG,
        people(tmp_path / "set", train=10),
        tmp_path / "run",
        PLAIN,
        "sam_rho=0",
        stages(60),
        "task.options.held_out_share=0.2",
        "validate_every_steps=60",
    )
    assert record.best["accuracy"] == 1.0
    assert record.best["accuracy_of_5"] == 1.0
    file = read_network(tmp_path / "run")
    assert file.choice.options["identities"] == 6
    assert file.told == {"people": 6}


def test_run_of_identity_goes_on_as_if_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert same_after_a_stop(CONFIG, people(tmp_path / "set"), tmp_path, IdentityTask, monkeypatch)


def test_backbone_is_handed_on_and_heads_are_not(tmp_path: Path) -> None:
    """What `init_from` of an affect run takes."""
    learn(CONFIG, people(tmp_path / "set"), tmp_path / "who", stages(2), "validate_every_steps=2")
    affect = drawn_pictures(tmp_path / "affect")
    before = read_network(tmp_path / "who").weights
    record = learn(
        "affect-mobilefacenet",
        affect,
        tmp_path / "run",
        f"init_from={tmp_path / 'who' / 'network.pt'}",
        "stages=[{crop_px: 32, steps: 1, batch: 8, learning_rate: 0.01, frozen: [early, late, pool, project]}]",
        "validate_every_steps=1",
    )
    begun = read_network(tmp_path / "run")
    after = begun.weights
    parts = ("early.", "late.", "pool.", "project.")
    backbone = [name for name in after if name.startswith(parts)]
    assert backbone
    assert all(torch.equal(after[name], before[name]) for name in backbone)
    taken = take_over(begun.network(), tmp_path / "who" / "network.pt")
    assert set(taken.taken) == set(backbone)
    assert all(name.startswith("heads.identity") for name in taken.unused)
    assert record.init_from is not None
    assert "heads.logits.weight" in record.init_from


def test_some_pictures_of_each_person_are_held_out_whatever_their_split(tmp_path: Path) -> None:
    prepared = people(tmp_path / "set", 5, train=6, val=4)
    task = opened("identity", prepared, held_out_share=0.2)
    (source,) = task.sources  # type: ignore[attr-defined]
    assert torch.bincount(torch.from_numpy(source.held_out.label)).tolist() == [2] * 5
    assert torch.bincount(torch.from_numpy(source.learned.label)).tolist() == [8] * 5
    assert not set(source.held_out.row) & set(source.learned.row)


def test_person_of_one_picture_is_learned_from_and_not_measured_on(tmp_path: Path) -> None:
    prepared = people(tmp_path / "set", 3, train=2)
    task = opened("identity", prepared, held_out_share=0.9)
    (source,) = task.sources  # type: ignore[attr-defined]
    assert sorted(source.learned.label) == [0, 1, 2]


def test_people_of_two_sets_are_not_the_same(tmp_path: Path) -> None:
    task = opened(
        "identity", people(tmp_path / "a", 3), people(tmp_path / "b", 4), held_out_share=0.2
    )
    assert task.network_options()["identities"] == 7  # type: ignore[attr-defined]
    samples = task.samples(Stage(crop_px=32, steps=1, learning_rate=0.1), 0, 1)
    batch = samples.__getitems__(list(range(40)))  # type: ignore[attr-defined]
    assert set(batch["label"][batch["source"] == 0]) == {0, 1, 2}
    assert set(batch["label"][batch["source"] == 1]) == {3, 4, 5, 6}


def test_labels_of_people_are_smoothed_where_asked_for(tmp_path: Path) -> None:
    class Says(torch.nn.Module):
        mean, std = (0.5,), (0.5,)

        def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"identity": torch.tensor([[2.0, 0.0, 1.0]])}

    prepared = people(tmp_path / "set", 3, train=8)
    batch = {
        "pictures": torch.zeros(1, 32, 32, 1, dtype=torch.uint8),
        "label": torch.tensor([2]),
    }
    for smoothing in (0.0, 0.2):
        task = opened("identity", prepared, label_smoothing=smoothing, held_out_share=0.2)
        expected = torch.nn.functional.cross_entropy(
            torch.tensor([[2.0, 0.0, 1.0]]), batch["label"], label_smoothing=smoothing
        )
        assert float(task.losses(Says(), batch)["loss"]) == pytest.approx(float(expected))


def test_strangers_cannot_be_measured_on(tmp_path: Path) -> None:
    prepared = drawn_pictures(
        tmp_path / "set",
        task="identity",
        people=4,
        each={"train": 2, "val": 2},
        wrong={f"train-3-{n}": 0 for n in (0, 1)},
        values=False,
    )
    with pytest.raises(UserError, match=r"1 people of val are not in train"):
        opened("identity", prepared, choose_by="val")


def test_too_few_pictures_to_hold_any_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"has 6 pictures of identity to learn from and 0 to choose"
    ):
        opened("identity", people(tmp_path / "set", 6, train=1))


def test_set_that_does_not_say_who_is_who_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"does not say who is who, only expression_8\."):
        opened("identity", drawn_pictures(tmp_path / "set"))
