"""`vigil evaluate` from the outside: its document, its table, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.inference.session import ModelFileError
from model_compression.commands.evaluate import evaluate
from model_compression.evaluation import contestant, table, teacher
from model_compression.evaluation.report import measurements, read_document
from tests.model_compression.evaluation.drawn_sets import BrightnessReader, face, nobody, tar


@pytest.fixture
def _drawn_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model is the reader of drawn faces; there is no teacher on this machine."""

    def opened(settings: PerceptionSettings) -> Perception:
        return BrightnessReader(name=f"{settings.model}/1")

    def missing(self: object, settings: PerceptionSettings) -> None:
        raise ModelFileError("face_landmarker.task is not here")

    monkeypatch.setattr(contestant, "open_perception", opened)
    monkeypatch.setattr(contestant, "open_lone_eye", lambda settings: None)
    monkeypatch.setattr(contestant, "_reads_expression", lambda model: False)
    monkeypatch.setattr(contestant, "_files", lambda settings: {})
    monkeypatch.setattr(contestant, "_sha256", lambda settings: "ab" * 32)
    monkeypatch.setattr(teacher.Teacher, "__init__", missing)


def run(*words: str) -> None:
    app = typer.Typer(add_completion=False)
    app.command()(evaluate)
    typer.main.get_command(app)(args=list(words), standalone_mode=False)


def infrared(folder: Path) -> Path:
    """Five people, of whom the project's list holds out 11 and 12; of one picture of 12 nothing is to be seen."""
    pictures = {f"{person}-{i}.png": face(0.9) for person in (1, 2, 3, 11, 12) for i in range(2)}
    return tar(folder / "nir.tar", {**pictures, "12-9.png": nobody()})


@pytest.mark.usefixtures("_drawn_only")
def test_document_holds_both_figures_of_each_set_with_n_people_and_interval(tmp_path: Path) -> None:
    path, out = infrared(tmp_path), tmp_path / "out" / "figures.json"
    run("default", "--set", f"nir:{path}", "--set", f"negatives:{path}", "--json", str(out))
    document = json.loads(out.read_text())
    assert document["bundle"] == {
        "name": "default/1",
        "model": "default",
        "sha256": "ab" * 32,
        "runtime": "auto",
        "files": {},
        "threads": 1,
    }
    assert document["rival"]["name"] == "mediapipe/1"
    assert document["date"].startswith("20") and document["machine"]["cpu"]
    infrared_set, negatives = document["sets"]
    assert infrared_set["kind"] == "nir" and infrared_set["people"] == 5
    assert infrared_set["figures"]["face_found"] == pytest.approx(10 / 11, abs=1e-5)
    interval = infrared_set["intervals"]["face_found"]
    assert (interval["n"], interval["people"], interval["sources"]) == (11, 5, 5)
    assert interval["low"] < 10 / 11 < interval["high"]
    assert infrared_set["rival"]["figures"]["face_found"] == infrared_set["figures"]["face_found"]
    assert infrared_set["groups"]["person"]["12"]["figures"]["face_found"] == pytest.approx(
        2 / 3, abs=1e-5
    )
    never_seen = infrared_set["groups"]["training"]["never seen"]
    assert never_seen["figures"]["face_found"] == pytest.approx(4 / 5, abs=1e-5)
    assert never_seen["intervals"]["face_found"]["people"] == 2
    assert negatives["figures"]["false_faces"] == pytest.approx(10 / 11, abs=1e-5)


@pytest.mark.usefixtures("_drawn_only")
def test_markdown_table_has_a_row_for_each_figure_and_goes_between_markers(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("default", "--set", f"nir:{infrared(tmp_path)}", "--json", str(out))
    text = table.markdown(read_document(out))
    row = next(line for line in text.splitlines() if "`face_found`" in line)
    assert row.startswith("| nir nir.tar | `face_found` | 11 | 5 | 90.91 % (")
    assert "landmark_error" not in text  # nothing could be told without a teacher
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.put_into(page, text)
    table.put_into(page, text)
    rows = [line for line in page.read_text().splitlines() if "`face_found`" in line]
    assert [r.split(" | ")[0] for r in rows] == [
        "| nir nir.tar",
        "| nir nir.tar, never seen",
        "| nir nir.tar, learned from",
    ]
    assert rows[1].startswith("| nir nir.tar, never seen | `face_found` | 5 | 2 | 80.00 % | ")
    assert page.read_text().startswith("before\n") and page.read_text().endswith("after\n")
    page.write_text("no markers")
    with pytest.raises(UserError, match="has no pair of lines"):
        table.put_into(page, text)


@pytest.mark.usefixtures("_drawn_only")
def test_measurements_for_a_manifest_are_plain_numbers(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("default", "--rival", "none", "--set", f"nir:{infrared(tmp_path)}", "--json", str(out))
    (entry,) = measurements(read_document(out))
    assert entry["figures"] == {"face_found": pytest.approx(10 / 11, abs=1e-5)}
    assert entry["n"] == 11 and entry["people"] == 5 and len(entry["date"]) == 10


@pytest.mark.usefixtures("_drawn_only")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "no data set is named"),
        (("--set", "nir"), "give KIND:PATH"),
        (("--set", "selfies:x.tar"), "no such kind"),
        (("--set", "nir:nowhere.tar"), "nowhere.tar: there is no such tar"),
        (("--set", "nir:x", "--rival", "dlib"), "give mediapipe or none"),
        (("--set", "nir:x", "--perception", "colour=red"), "--perception colour=red"),
        (("--set", "nir:x", "--perception", "threads=many"), "threads"),
    ],
)
def test_wrong_words_are_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        run("default", *words)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("_drawn_only")
@pytest.mark.parametrize("option", [("--held-out",), ("--people", "1")])
@pytest.mark.parametrize("kind", ["fer2013", "clips", "frames", "eyes", "negatives", "uta_rldd"])
def test_kind_without_people_has_nobody_to_choose_or_to_hold_out(
    kind: str, option: tuple[str, ...], tmp_path: Path
) -> None:
    path = infrared(tmp_path)
    with pytest.raises(UserError, match=f"{option[0]}: {kind} has no people") as caught:
        run("default", "--set", f"nir:{path}", "--set", f"{kind}:{path}", *option)
    assert "\n" not in str(caught.value) and "kinds with people: nir, headpose" in str(caught.value)


def test_program_ends_with_2_and_one_sentence_where_nobody_can_be_held_out() -> None:
    words = ["evaluate", "default", "--set", "fer2013:nowhere.npz", "--held-out"]
    code = f"import sys; sys.argv[1:] = {words!r}; from edge_app.commands.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 2
    assert "fer2013 has no people" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.usefixtures("_drawn_only")
def test_document_says_who_was_left_out_and_why(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("default", "--set", f"nir:{infrared(tmp_path)}", "--held-out", "--json", str(out))
    (entry,) = read_document(out)["sets"]
    assert entry["n"] == 5 and entry["people"] == 2
    assert entry["left_out"].keys() == {"1", "2", "3"}
    assert "trained on" in entry["left_out"]["1"]
    assert "- nir nir.tar: left out: 1, 2, 3: shipped models" in table.markdown(read_document(out))


@pytest.mark.usefixtures("_drawn_only")
def test_table_says_which_lids_were_moved_by_the_trainings_own_renderer(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("default", "--set", f"warped:{infrared(tmp_path)}", "--json", str(out))
    figures = read_document(out)["sets"][0]["figures"]
    assert list(figures) == [
        f"aperture_error_{renderer}{opened}"
        for renderer in ("training_renderer", "second_renderer")
        for opened in ("", "_6mm")
    ]
    assert "`training_renderer`: the lids are moved by the code that drew" in table.markdown(
        read_document(out)
    )


@pytest.mark.usefixtures("_drawn_only")
def test_contact_sheet_shows_the_worst_and_stays_out_of_repositories(tmp_path: Path) -> None:
    path, sheets = infrared(tmp_path), tmp_path / "sheets"
    run("default", "--set", f"nir:{path}", "--contact-sheet", str(sheets))
    assert [sheet.name for sheet in sheets.iterdir()] == ["nir-no-face.png"]
    (tmp_path / ".git").mkdir()
    with pytest.raises(UserError, match="lies in the repository"):
        run("default", "--set", f"nir:{path}", "--contact-sheet", str(sheets))


@pytest.mark.usefixtures("_drawn_only")
def test_sets_measured_before_one_that_fails_are_kept(tmp_path: Path) -> None:
    path, out = infrared(tmp_path), tmp_path / "figures.json"
    with pytest.raises(UserError, match="nowhere"):
        run("default", "--set", f"nir:{path}", "--set", "nir:nowhere.tar", "--json", str(out))
    assert [entry["kind"] for entry in read_document(out)["sets"]] == ["nir"]


@pytest.mark.usefixtures("_drawn_only")
def test_limit_holds_for_every_set(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    run("default", "--set", f"nir:{infrared(tmp_path)}", "--limit", "3", "--json", str(out))
    document = read_document(out)
    assert document["sets"][0]["n"] == 3 and document["choice"]["limit"] == 3


def test_document_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    for content, words in (("{}", "not a document"), ("{", "not JSON"), ("[1]", "not a document")):
        path.write_text(content)
        with pytest.raises(UserError, match=words):
            read_document(path)


def test_evaluation_needs_no_torch() -> None:
    code = (
        "import sys, model_compression.commands.evaluate\n"
        "from model_compression.evaluation.kinds import KINDS, measure_of\n"
        "import model_compression.evaluation.console_table, model_compression.evaluation.table\n"
        "[measure_of(kind) for kind in KINDS]\n"
        "assert not {'torch', 'lightning', 'skimage', 'scipy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
