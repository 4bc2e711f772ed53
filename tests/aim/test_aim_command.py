"""`vigil aim --seconds`: ends by itself, says by its code whether the camera is well mounted, overwrites nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest

from edge_app.commands.main import main
from edge_app.configuration.load import load_settings
from tests.aim.drives import WELL, scenario_file


def vigil_aim(*words):
    with pytest.raises(SystemExit) as end:
        main(["aim", *map(str, words)])
    return end.value.code


def aimed_at(tmp_path, **keys):
    file = scenario_file(tmp_path, **{"duration_s": 10.5, **keys})
    out = tmp_path / "report"
    return out, ["-s", f"sim:{file}", "--seconds", 10, "--as-fast-as-possible", "--out", out]


def test_well_mounted_camera_passes_with_report_and_settings(tmp_path, capsys):
    out, words = aimed_at(tmp_path, camera=WELL)
    given = ["--side", "right", "--mount", "steering_column", "--write-settings"]
    given += ["--set", "unit.vehicle_id=van-07"]
    assert vigil_aim(*words, *given) == 0
    assert "Passed" in capsys.readouterr().out
    figures = json.loads((out / "commissioning.json").read_text())
    assert figures["format"] == "vigil-commissioning-1"
    assert (figures["vehicle_id"], figures["verdict"]) == ("van-07", "ok")
    assert figures["camera"]["size_px"] == [400, 300]
    assert {check["key"] for check in figures["checks"]} >= {"eyes", "light", "eye_distance"}
    page = (out / "commissioning.html").read_text()
    assert "van-07" in page and "Pixels between the eyes" in page
    assert "image/jpeg" not in page and "<svg" in page
    found = load_settings(out / "found-settings.yaml").driver_state.gaze_zone
    assert (found.driver_side, found.camera_mount) == ("right", "steering_column")
    assert sorted(path.name for path in out.iterdir()) == [
        *("commissioning.html", "commissioning.json", "found-settings.yaml")
    ]


def test_bad_camera_ends_with_code_1_and_says_what_to_do(tmp_path, capsys):
    out, words = aimed_at(tmp_path, camera={"distance_m": 1.4})
    assert vigil_aim(*words) == 1
    assert "nearer" in capsys.readouterr().out
    assert json.loads((out / "commissioning.json").read_text())["verdict"] == "fail"
    assert not (out / "found-settings.yaml").exists()


def test_picture_is_in_the_report_only_when_asked_for(tmp_path):
    out, words = aimed_at(tmp_path, camera=WELL)
    assert vigil_aim(*words, "--picture") == 0
    assert "data:image/jpeg" in (out / "commissioning.html").read_text()
    assert "jpeg" not in (out / "commissioning.json").read_text()


def test_report_that_is_there_is_not_written_over(tmp_path, capsys):
    out, words = aimed_at(tmp_path)
    out.mkdir()
    (out / "commissioning.json").write_text("of another day")
    assert vigil_aim(*words) == 2
    error = capsys.readouterr().err
    assert "commissioning.json: is there already" in error and error.count("\n") == 1
    assert (out / "commissioning.json").read_text() == "of another day"


def test_installer_writes_the_report_from_the_page_and_finishes(tmp_path):
    file = scenario_file(tmp_path, duration_s=2)
    out = tmp_path / "report"
    command = [sys.executable, "-m", "edge_app.commands.main", "aim", "--port", "0"]
    command += ["--source", f"sim:{file}", "--out", str(out)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        try:
            url = next(word for word in running.stderr.readline().split() if "http" in word)
            told = {}
            for word in ["left", *["skip"] * 6, "write", "finish"]:
                request = urllib.request.Request(
                    f"{url}aim/act", word.encode(), headers={"Vigil-Aim": "1"}
                )
                with urllib.request.urlopen(request, timeout=20) as answer:
                    told = json.load(answer)
            assert told["written"] == ["commissioning.html", "commissioning.json"]
            said = running.stdout.read()
            assert running.wait(timeout=20) == 1
        finally:
            running.kill()
    assert "Not complete" in said or "Failed" in said
    checks = json.loads((out / "commissioning.json").read_text())["checks"]
    by_key = {check["key"]: check for check in checks}
    assert by_key["side"]["found"] == "left, as chosen"
    assert by_key["lap"]["found"] == "left out"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--side", "middle"], "neither left nor right"),
        (["--mount", "roof"], "no such place"),
        (["--source", "sim:no_such_drive"], "no_such_drive"),
        (["--source", "v4l2:0", "--as-fast-as-possible"], "cannot play as fast as possible"),
    ],
)
def test_wrong_option_is_one_sentence(tmp_path, capsys, words, sentence):
    assert vigil_aim("--seconds", 10, *words, "--out", tmp_path / "new" / "report") == 2
    assert not (tmp_path / "new").exists()
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ") and sentence in error


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert vigil_aim("--seconds", 10, "--out", tmp_path / "file" / "report") == 2
    assert "name another folder with --out" in capsys.readouterr().err


def test_less_time_than_the_figures_rest_on_is_not_taken(tmp_path, capsys):
    _, words = aimed_at(tmp_path, camera=WELL)
    words[words.index("--seconds") + 1] = 2
    assert vigil_aim(*words) == 2
    assert "10" in capsys.readouterr().err


def test_clip_that_ends_early_is_a_red_line(tmp_path, capsys):
    out, words = aimed_at(tmp_path, duration_s=2, camera=WELL)
    assert vigil_aim(*words) == 1
    checks = json.loads((out / "commissioning.json").read_text())["checks"]
    (length,) = [check for check in checks if check["key"] == "length"]
    assert (length["verdict"], length["need"]) == ("fail", "10 s") and length["value"] < 2
    assert [check["key"] for check in checks if check["verdict"] == "fail"] == ["length"]


def test_host_that_is_none_of_this_machine_is_called_so(tmp_path, capsys):
    file = scenario_file(tmp_path, duration_s=1)
    out = tmp_path / "report"
    for host in ("1.2.3.4.5", "203.0.113.7"):
        assert vigil_aim("-s", f"sim:{file}", "--host", host, "--port", 0, "--out", out) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert host in error and error.endswith("name an address of this machine")
    assert not out.exists()
