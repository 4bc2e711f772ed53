"""Table 4 and figure 4 of paper 3, whole, with networks of a few steps: trained once, measured, drawn, found again."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("lightning")

from edge_app.errors import UserError
from model_compression.commands.reproduce import app
from tests.model_compression.tasks.unilearn import clips_of, pictures_of

SMALL = (
    *("--config", "unilearn-small", "--pretraining", "unilearn-pretrain-small"),
    *("--steps", "4", "--pretraining-steps", "2", "--device", "cpu"),
    *("--set", "task.options.frames=4", "--set", "task.options.measured_px=32"),
    *("--set", "stages.0.crop_px=32", "--set", "stages.0.batch=4"),
    *("--set", "network.options.depth=2", "--pretraining-set", "network.options.depth=2"),
    *("--pretraining-set", "task.options.frames=4", "--pretraining-set", "stages.0.crop_px=32"),
    *("--pretraining-set", "stages.0.batch=4", "--pretraining-set", "task.options.measured_px=32"),
)


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["paper3", *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    root = tmp_path_factory.mktemp("sets")
    clips = clips_of(root / "clips", people={"train": 3, "test": 2}, clips_each=1)
    pictures = pictures_of(root / "pictures", each={"train": 4, "val": 2})
    return "--data", f"simulated={clips}", "--data", f"pictures={pictures}"


@pytest.fixture(scope="module")
def made(data: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Table 4's folder, and what the command said."""
    out = tmp_path_factory.mktemp("made")
    return out, run("--table", "4", *data, *SMALL, "--out", str(out))


def test_table_is_trained_once_and_found_again(
    data: tuple[str, ...], made: tuple[Path, str]
) -> None:
    out, first = made
    trained = sorted((out / "trainings").iterdir())
    assert len(trained) == 4  # pre-training, pictures alone, clips alone, both
    text = (out / "table-4.md").read_text(encoding="utf-8")
    assert "simulated drivers" in text and "| DFER (dynamic) | FERV39k UAR (%) | 42.45 |" in text
    assert "unilearn-small, 4 steps" in text and "unilearn-small, 2 steps" in text
    words = ("--table", "4", *data, *SMALL, "--out", str(out))
    again = run(*words)
    assert "4 of 4 are measured already" in again and "4 of 4" not in first
    assert "0 to train, 0 to measure" in run(*words, "--dry-run")


def test_dry_run_tells_what_is_trained_apart_from_what_is_measured(
    data: tuple[str, ...], made: tuple[Path, str], tmp_path: Path
) -> None:
    out, _ = made
    words = ("--table", "4", *data, *SMALL, "--dry-run", "--out")
    before = [line.split() for line in run(*words, str(tmp_path / "none")).splitlines()]
    pretraining = before[0][2]
    assert [line[1] for line in before if line[0] == "to"] == ["train"] * 4 + ["measure"] * 4
    assert all(line[-1] == f"{pretraining})" for line in before[1:4])
    after = [line.split()[0] for line in run(*words, str(out)).splitlines()]
    assert after == ["trained"] * 4 + ["measured"] * 4 + ["4"]
    # Of what is measured already, networks that are gone are not trained again.
    (tmp_path / "out").mkdir()
    (tmp_path / "out/measured").symlink_to(out / "measured")
    gone = run(*words, str(tmp_path / "out"))
    assert gone.count("not needed ") == 4 and "0 to train, 0 to measure" in gone


@pytest.mark.parametrize("asked", ["--table=4", "--figure=3", "--figure=4"])
@pytest.mark.parametrize(
    ("option", "config"),
    [("--set", "unilearn-small"), ("--pretraining-set", "unilearn-pretrain-small")],
)
def test_misspelt_setting_is_refused_before_anything_is_trained(
    data: tuple[str, ...], tmp_path: Path, asked: str, option: str, config: str
) -> None:
    words = (asked, *data, *SMALL, "--out", str(tmp_path / "out"), option, "task.options.foo=3")
    for more in ((), ("--dry-run",)):
        done = CliRunner().invoke(app, ["paper3", *words, *more])
        assert isinstance(done.exception, UserError)
        assert f"{config}: --set task.options.foo: foo is not a known key" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_networks_are_found_again_from_another_folder(
    data: tuple[str, ...], made: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = made
    monkeypatch.chdir(out.parent)
    here = [word.replace(f"{out.parent}/", "") for word in data]
    assert not any(word.count(str(out.parent)) for word in here)
    run("--figure", "4", *here, *SMALL, "--out", out.name)


def test_figure_4_shows_experts_and_classes_of_both_kinds_of_the_network_of_the_table(
    data: tuple[str, ...], made: tuple[Path, str]
) -> None:
    out, _ = made
    words = ("--figure", "4", *data, *SMALL, "--out", str(out))
    (announced,) = [line for line in run(*words, "--dry-run").splitlines() if "figure 4" in line]
    assert (out / "trainings" / announced.split()[-1]).is_dir()
    told = run(*words)
    assert "largest difference between clips and pictures" in told
    assert "simulated drivers; pictures of drawn in place of the paper's" in told
    for name in ("figure-4a.png", "figure-4b.png"):
        picture = cv2.imread(str(out / name))
        assert picture is not None and picture.std() > 5
    assert len(list((out / "trainings").iterdir())) == 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "name what to reproduce"),
        (("--table", "9"), "the paper has tables 1 to 5"),
        (("--figure", "2"), "only figures 3 and 4"),
        (("--figure", "4"), "name a folder"),
        (("--table", "1", "--out", "x", "--config", "xception3d"), "a configuration of clips, not"),
        (("--table", "5", "--out", "x", "--videomae", "gone"), "there is no such file"),
        (("--table", "1", "--out", "x", "--set", "network.options.depth=deep"), "depth is deep"),
        (("--table", "1", "--out", "x", "--set", "task.options.picture_batches=2"), "is 2, but"),
        (("--table", "1", "--out", "x", "--data", "DFEW"), "give ROLE=FOLDER"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(app, ["paper3", *words])
    assert done.exit_code != 0 and why in str(done.exception)
