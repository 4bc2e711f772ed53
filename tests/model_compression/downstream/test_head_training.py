"""Heads learn drawn features by heart, go on as if never stopped, and refuse what they cannot learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from rich.console import Console  # noqa: E402

from edge_app.errors import UserError  # noqa: E402
from model_compression.data.features.feature_set import FeatureSet, Stream  # noqa: E402
from model_compression.downstream.affect import VideoAffect, affect_figures  # noqa: E402
from model_compression.downstream.heads_judged import mimicry_judged  # noqa: E402
from model_compression.downstream.held_out import rows_asked  # noqa: E402
from model_compression.downstream.intensities import intensity_figures  # noqa: E402
from model_compression.downstream.shuffled import ShuffledRows  # noqa: E402
from model_compression.downstream.table_figures import (  # noqa: E402
    affect_figures_of,
    compound_figures_of,
    mimicry_figures_of,
    zero_shot_figures,
)
from model_compression.downstream.trained_heads import (  # noqa: E402
    TrainedHead,
    affect_by_head,
    intensities_by_head,
)
from model_compression.training.config import DataSet  # noqa: E402
from model_compression.training.load_config import load_config  # noqa: E402
from model_compression.training.options import OptionGroup  # noqa: E402
from model_compression.training.run_record import RunRecord  # noqa: E402
from model_compression.training.task import Task, TaskInput  # noqa: E402
from model_compression.training.tasks.concordance import concordance, pearson  # noqa: E402
from model_compression.training.tasks.mimicry import MimicryTask  # noqa: E402
from model_compression.training.tasks.valence_arousal import ValenceArousalTask  # noqa: E402
from model_compression.training.train import TrainingOptions, train  # noqa: E402
from tests.model_compression.downstream.drawn_features import STREAMS, drawn_features  # noqa: E402

Learn = Callable[..., RunRecord]
QUICK = ("stages.0.learning_rate=0.05", "stages.0.final_learning_rate=0", "stages.0.batch=64")
MANY = ("train",) * 30 + ("val",) * 8


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def learn(tmp_path: Path) -> Learn:
    """Train a configuration on features into `out`, quickly; `overrides` are `--set` options."""

    def run(
        config: str,
        features: Path,
        *overrides: str,
        out: str = "run",
        steps: int = 60,
        resume: bool | None = None,
        max_minutes: float | None = None,
    ) -> RunRecord:
        said = [
            *QUICK,
            f"stages.0.steps={steps}",
            f"validate_every_steps={steps}",
            f'data=[{{"name": "{features}"}}]',
        ]
        options = TrainingOptions(
            out=tmp_path / out, device="cpu", resume=resume, max_minutes=max_minutes
        )
        console = Console(file=StringIO(), soft_wrap=True)
        return train(load_config(config, [*said, *overrides]), options, console)

    return run


@pytest.mark.parametrize("stream", ["scores", "embedding"])
def test_valence_and_arousal_are_learned_by_heart(
    stream: str, learn: Learn, tmp_path: Path
) -> None:
    made = drawn_features(tmp_path / "features")
    record = learn("valence-arousal", made.folder, f"task.options.stream={stream}", steps=120)
    assert record.best["p_va"] > 0.97
    head = TrainedHead.open(tmp_path / "run")
    videos = affect_by_head(head, made, rows_asked(made, "val"))
    figure = affect_figures(videos, "raw")["p_va"]
    assert figure.value == pytest.approx(record.best["p_va"], abs=1e-5)
    assert affect_figures_of(tmp_path / "run", made.folder, "raw")["p_va"] == figure


@pytest.mark.parametrize(
    ("config", "streams"),
    [
        ("mimicry", '["scores"]'),
        ("mimicry-hidden", '["wav2vec2"]'),
        ("mimicry-hidden", '["embedding", "wav2vec2"]'),
    ],
)
def test_intensities_are_learned_by_heart(
    config: str, streams: str, learn: Learn, tmp_path: Path
) -> None:
    made = drawn_features(tmp_path / "features", splits=MANY, frames=12)
    changed = (f"task.options.streams={streams}", "task.options.face_every=1")
    record = learn(config, made.folder, *changed, steps=200)
    head = TrainedHead.open(tmp_path / "run")
    learned = intensities_by_head(head, made, rows_asked(made, "train"))
    assert (intensity_figures(learned)["mean_pearson"].value or 0) > 0.97
    told = mimicry_figures_of([tmp_path / "run"], made.folder)
    assert told["pcc"].value == pytest.approx(record.best["mean_pearson"], abs=1e-5)
    assert set(told) >= {"pcc_empathic_pain", "pcc_joy"} and told["pcc"].people == 8


@pytest.mark.parametrize("config", ["valence-arousal", "mimicry-hidden"])
def test_resumed_run_equals_an_uninterrupted_one(config: str, learn: Learn, tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features", splits=MANY, frames=6)
    stopped = ("validate_every_steps=7", "stages.0.batch=32")
    learn(config, made.folder, *stopped, out="whole", steps=20)
    first = learn(config, made.folder, *stopped, out="parts", steps=20, max_minutes=0.0)
    assert first.stopped_by == "--max-minutes" and first.steps < 20
    learn(config, made.folder, *stopped, out="parts", steps=20, resume=True)
    whole, parts = (
        torch.load(tmp_path / out / "last.ckpt", weights_only=True)["state_dict"]
        for out in ("whole", "parts")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_every_row_is_seen_once_before_any_is_seen_twice() -> None:
    rows = ShuffledRows({"x": np.arange(7)}, seed=1, stage_index=0)
    seen = [int(rows[position]["x"]) for position in range(14)]
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7)) and seen[:7] != seen[7:]
    again = ShuffledRows({"x": np.arange(7)}, seed=1, stage_index=0)
    assert again.__getitems__([9, 3])["x"].tolist() == [seen[9], seen[3]]


def test_fused_heads_hear_a_video_without_a_face(learn: Learn, tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features", splits=MANY, frames=6, faceless=[0, 31])
    changed = "task.options.face_every=1"
    learn("mimicry", made.folder, changed, out="face")
    sound = 'task.options.streams=["wav2vec2"]'
    learn("mimicry-hidden", made.folder, changed, sound, out="sound")
    face = TrainedHead.open(tmp_path / "face")
    told = intensities_by_head(face, made, rows_asked(made, "val"))
    assert told.missing == ["video-31"]
    judged = mimicry_judged(
        [TrainedHead.open(tmp_path / out) for out in ("sound", "face")],
        made,
        split="val",
        face_share=0.25,
        standardised=False,
    )
    assert list(judged[0].parts)[-1] == "fused, 0.25 of the face"
    row = next(iter(judged[1].rows))
    sounds, faces, both = (np.array(row[-6 * k :][:6], np.float64) for k in (3, 2, 1))
    assert both == pytest.approx(0.25 * faces + 0.75 * sounds, abs=2e-5)
    alone = mimicry_figures_of([tmp_path / "face"], made.folder)["pcc"]
    together = mimicry_figures_of([tmp_path / "sound", tmp_path / "face"], made.folder)["pcc"]
    assert (alone.n, together.n) == (7, 8)


def test_weights_chosen_by_people_leave_val_unseen(learn: Learn, tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features")
    learn("valence-arousal", made.folder, steps=4)
    learn("valence-arousal", made.folder, "task.options.choose_by=people", out="other", steps=4)
    by_val, by_people = (TrainedHead.open(tmp_path / out) for out in ("run", "other"))
    assert "chosen by these videos" in by_val.warnings(made, "val")[0]
    assert by_people.warnings(made, "val") == []
    assert "learned from" in by_people.warnings(made, "train")[0]
    others = drawn_features(tmp_path / "others", seed=9)
    assert "is not known" in by_people.warnings(others, "val")[0]


def test_a_head_that_keeps_a_fold_is_never_asked_for_val(learn: Learn, tmp_path: Path) -> None:
    """Beside a kept fold every other video was learned from."""
    made = drawn_features(tmp_path / "features", splits=("",) * 8, folds=(1, 2) * 4)
    learn("valence-arousal", made.folder, "task.options.fold=2", steps=2)
    head = TrainedHead.open(tmp_path / "run")
    assert rows_asked(made, "test", head.fold) == [1, 3, 5, 7]
    with pytest.raises(UserError, match="where fold 2 is kept there is no val"):
        rows_asked(made, "val", head.fold)
    with pytest.raises(UserError, match="has no fold 3; its folds are 1, 2"):
        learn("valence-arousal", made.folder, "task.options.fold=3", out="other", steps=2)


def opened(task: type, made: FeatureSet, **options: object) -> Task:
    given = TaskInput(
        "network",
        (DataSet(name=str(made.folder)),),
        OptionGroup.of(options),
        OptionGroup.of({}),
        None,
    )
    told: Task = task(given)
    return told


class Says(torch.nn.Module):
    """A head that says the same whatever it sees; its one kernel is of ones."""

    def __init__(self, name: str, said: torch.Tensor) -> None:
        super().__init__()
        self.name, self.said = name, said
        self.kernel = torch.nn.Parameter(torch.ones(2, 3))
        self.bias = torch.nn.Parameter(torch.ones(3))

    def forward(self, given: torch.Tensor) -> dict[str, torch.Tensor]:
        return {self.name: self.said}


def test_loss_of_affect_is_one_less_both_concordances_and_the_penalty_on_kernels(
    tmp_path: Path,
) -> None:
    task = opened(ValenceArousalTask, drawn_features(tmp_path), l2=0.5)
    torch.manual_seed(0)
    said, truth = torch.rand(2, 30, 2)
    losses = task.losses(Says("valence_arousal", said), {"said": said, "truth": truth})
    both = concordance(said, truth)
    assert losses["loss"].item() == pytest.approx(1 - both.mean().item() + 0.5 * 6)
    assert losses["ccc_arousal"].item() == pytest.approx(both[1].item())


def test_weights_are_chosen_by_frames_with_a_face(tmp_path: Path) -> None:
    task = opened(ValenceArousalTask, drawn_features(tmp_path))
    rng = np.random.default_rng(0)
    said, truth = rng.random((2, 40, 2)).astype(np.float32)
    present = np.arange(40) % 3 > 0
    task._held_out = [VideoAffect("v", "p", said, present, truth)]  # type: ignore[attr-defined]
    measured = task.validate(Says("valence_arousal", torch.from_numpy(said)), "cpu")
    seen = torch.from_numpy(said[present]), torch.from_numpy(truth[present])
    assert measured["p_va"] == pytest.approx(concordance(*seen).mean().item(), abs=1e-5)


def test_loss_of_mimicry_weighs_each_correlation(tmp_path: Path) -> None:
    made = drawn_features(tmp_path)
    names = ["joy", "amusement"]
    task = opened(MimicryTask, made, intensities=names, weights=[3.0, 1.0], l2=0.5)
    torch.manual_seed(0)
    said, truth = torch.rand(2, 30, 2)
    losses = task.losses(Says("intensities", said), {"descriptor": said, "truth": truth})
    each = pearson(said, truth)
    expected = 1 - (0.75 * each[0] + 0.25 * each[1]).item() + 0.5 * 6
    assert losses["loss"].item() == pytest.approx(expected)


def test_an_intensity_of_which_always_the_same_is_said_hides_no_other(tmp_path: Path) -> None:
    task = opened(
        MimicryTask, drawn_features(tmp_path, splits=MANY), intensities=["joy", "amusement"]
    )
    truth = torch.from_numpy(task._held_out[1]).clone()  # type: ignore[attr-defined]
    truth[:, 0] = 0.5
    measured = task.validate(Says("intensities", truth), "cpu")
    assert measured["joy"] == 0.0 and measured["amusement"] == pytest.approx(1.0)
    assert measured["mean_pearson"] == pytest.approx(0.5)


def test_features_of_another_network_are_refused(learn: Learn, tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features")
    learn("valence-arousal", made.folder, steps=2)
    streams = {
        **STREAMS,
        "drawn.scores": Stream("face", 10, "another", STREAMS["drawn.scores"].places),
    }
    other = drawn_features(tmp_path / "other", streams=streams)
    with pytest.raises(UserError, match="made by another"):
        affect_by_head(TrainedHead.open(tmp_path / "run"), other, [0])


def one_video(folder: Path) -> FeatureSet:
    return drawn_features(folder, splits=("train",))


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (("task.options.stream=wavlm",), "has no stream of faces called wavlm"),
        (("data=[]",), "one folder"),
        ((), "both are needed"),
        (("augmentation.mirror=0.5",), "mirror"),
    ],
)
def test_what_cannot_be_learned_from_is_told_in_a_sentence(
    overrides: tuple[str, ...], sentence: str, learn: Learn, tmp_path: Path
) -> None:
    made = one_video(tmp_path / "features")
    with pytest.raises(UserError, match=sentence):
        learn("valence-arousal", made.folder, *overrides, steps=2)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("valence-arousal", "none of its frames is labelled with valence and arousal"),
        ("mimicry", "none of its videos is labelled with admiration, .*they tell no values"),
    ],
)
def test_a_set_without_labels_is_said_to_have_none(
    config: str, sentence: str, learn: Learn, tmp_path: Path
) -> None:
    made = drawn_features(tmp_path / "features", splits=("test",) * 2, with_truth=False)
    with pytest.raises(UserError, match=sentence):
        learn(config, made.folder, steps=2)


@pytest.mark.parametrize("config", ["valence-arousal", "mimicry"])
@pytest.mark.parametrize(
    ("splits", "sentence"),
    [
        (("test",) * 2, "no videos to learn from: all 2 videos are test;"),
        (("val", "test", "test"), "no videos to learn from: all 3 videos are test or val;"),
        (("test",), "no videos to learn from: its only video is test;"),
    ],
)
def test_videos_that_are_all_of_other_splits_are_named_by_them(
    config: str, splits: tuple[str, ...], sentence: str, learn: Learn, tmp_path: Path
) -> None:
    made = drawn_features(tmp_path / "features", splits=splits)
    with pytest.raises(UserError, match=sentence):
        learn(config, made.folder, steps=2)


def test_weights_of_intensities_have_to_be_as_many(learn: Learn, tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features", splits=MANY)
    with pytest.raises(UserError, match="6 intensities need as many weights"):
        learn("mimicry", made.folder, "task.options.weights=[1.0, 2.0]", steps=2)


def test_tables_of_students_as_they_are(tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features")
    figures = zero_shot_figures(made.folder)
    assert figures["p_va"].n == 48 and figures["p_va"].value is not None
    told = compound_figures_of(made.folder, seed=1)
    assert set(told) == {
        *("kl_scores", "kl_clustered_scores", "kl_clustered_embeddings", "kl_clustered_audio"),
    }
    with pytest.raises(UserError, match="name one of these students"):
        compound_figures_of(made.folder, "nobody")


def test_nothing_is_asked_of_the_students_beside_the_one_that_is_meant(tmp_path: Path) -> None:
    streams = {
        **STREAMS,
        "poor.scores": Stream("face", 2, "another student", ("fear", "anger")),
    }
    made = drawn_features(tmp_path / "features", streams=streams)
    assert compound_figures_of(made.folder, "drawn")["kl_scores"].n
    with pytest.raises(UserError, match=r"poor\.scores do not name"):
        compound_figures_of(made.folder, "poor")
    with pytest.raises(UserError, match="of drawn, poor; name one"):
        compound_figures_of(made.folder)
