"""Scenarios by file and by name; what their files say wrong is told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.load import SHIPPED, load_scenario, shipped_names
from edge_app.configuration.document import ConfigurationError
from edge_app.errors import UserError

DRIVE = "name: mine\nduration_s: 60\n"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine.yaml"


def complaint(file: Path, text: str, *overrides: str) -> str:
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_scenario(file.name, overrides)
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenario_can_be_performed_and_says_what_it_is_for(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.description.endswith(".")
    scripted = {one.type for one in scenario.behaviours}
    assert len([event for event in Performance(scenario).events if event.scripted]) >= len(scripted)


def test_scenarios_that_the_documents_promise_are_shipped():
    wanted = "attentive drowsy_evening microsleep sleep unresponsive long_distraction vats phone_in_lap yawns"
    wanted += " talking_and_singing eating low_sun tunnel sunglasses mask hides_after_warning narrow_eyes passenger"
    assert {*wanted.split(), "impaired_strong", "demo_drive"} <= set(shipped_names())


def test_file_of_the_users_wins_over_a_shipped_scenario_of_that_name(file):
    Path("attentive").write_text(DRIVE)
    assert load_scenario("attentive").name == "mine"


def test_folder_does_not_hide_a_shipped_scenario(file):
    Path("attentive").mkdir()
    assert load_scenario("attentive").name == "attentive"


def test_unknown_name_is_told_with_the_nearest_one(file):
    with pytest.raises(UserError, match="did you mean `microsleep`"):
        load_scenario("micro_sleep")


def test_overrides_change_single_values(file):
    shutil.copy(SHIPPED / "microsleep.yaml", file)
    scenario = load_scenario(file, ["seed=9", "behaviours.1.duration_s=1.5", "person.mask=true"])
    assert (scenario.seed, scenario.behaviours[1].duration_s, scenario.person.mask) == (
        9,
        1.5,
        True,
    )
    assert scenario.behaviours[0] == load_scenario("microsleep").behaviours[0]


@pytest.mark.parametrize(
    ("behaviours", "sentence"),
    [
        (
            "- {type: sing, from_s: 5, duration_s: 20}\n- type: yawn\n  from_s: 6\n",
            "mine.yaml:6: behaviours.1.from_s is 6: the yawn would begin within the sing of behaviours.0"
            " (5 to 25 s), and both move the mouth; let it begin at 25 or later.",
        ),
        (
            "- {type: yawn, from_s: 50,\n   duration_s: 12}\n",
            "mine.yaml:5: behaviours.0.duration_s is 12: the yawn would last until 62 s, but the drive is over at"
            " 60 s (duration_s).",
        ),
        (
            "- {type: yawn,\n   from_s: 58}\n",
            "mine.yaml:5: behaviours.0.from_s is 58: the yawn would last until 64 s, but the drive is over at 60 s"
            " (duration_s).",
        ),
        (
            "- {type: talk, from_s: 3, duration_s: 20s}\n",
            "mine.yaml:4: behaviours.0.duration_s is 20s but must be a number above 0, without a unit.",
        ),
        (
            "- {type: yawn, from_s: -3}\n",
            "mine.yaml:4: behaviours.0.from_s is -3 but must be a number at least 0.",
        ),
        (
            "- {type: yawn, from_s: 3, duration_ms: 4000}\n",
            "mine.yaml:4: behaviours.0.duration_ms is not a known key; did you mean `duration_s`?",
        ),
    ],
)
def test_mistake_in_a_behaviour_is_told_at_its_line(file, behaviours, sentence):
    assert complaint(file, f"{DRIVE}behaviours:\n{behaviours}") == sentence


def test_unknown_behaviour_is_told_with_the_nearest_one(file):
    told = complaint(file, DRIVE + "behaviours:\n- {type: micro_sleep, from_s: 1, duration_s: 2}\n")
    assert told.startswith("mine.yaml:4: behaviours.0.type is micro_sleep but must be one of")
    assert told.endswith("did you mean `microsleep`?")


def test_spans_begin_at_zero_and_go_on_in_time(file):
    text = "vehicle:\n- from_s: 3\n  speed_kmh: 50\n- from_s: 2\nlight:\n- {from_s: 0, type: day}\n"
    assert complaint(file, DRIVE + text).splitlines() == [
        "mine.yaml:4: vehicle.0.from_s is 3: the first one must begin at 0.",
        "mine.yaml:6: vehicle.1.from_s is 2: it must come after the one before it, which begins at 3 s.",
    ]


def test_one_wrong_item_does_not_make_the_list_too_short(file):
    told = complaint(file, DRIVE + "vehicle:\n- {from_s: 0, speed_mph: 50}\n")
    assert told == "mine.yaml:4: vehicle.0.speed_mph is not a known key; did you mean `speed_kmh`?"


def test_behaviours_may_follow_each_other_without_a_gap(file):
    # 0.1 + 0.2 is not 0.3 in binary fractions.
    behaviours = (
        "- {type: talk, from_s: 0.1, duration_s: 0.2}\n- {type: sing, from_s: 0.3, duration_s: 1}\n"
    )
    file.write_text(f"{DRIVE}behaviours:\n{behaviours}")
    assert len(load_scenario(file).behaviours) == 2


def test_empty_file_is_told_by_its_name(file):
    assert complaint(file, "").startswith("mine.yaml: name is missing")


def test_portrait_counts_from_the_file_of_the_scenario(file, tmp_path):
    folder = tmp_path / "drives"
    folder.mkdir()
    (folder / "me.jpg").write_bytes(b"\xff\xd8")
    (folder / "a.yaml").write_text(DRIVE + "person: {portrait: me.jpg}\n")
    assert load_scenario("drives/a.yaml").person.portrait == str(folder / "me.jpg")


def test_portrait_of_an_option_counts_from_where_the_user_is(file):
    file.write_text(DRIVE)
    Path("me.jpg").write_bytes(b"\xff\xd8")
    assert load_scenario(file, ["person.portrait=me.jpg"]).person.portrait == str(
        Path("me.jpg").absolute()
    )


def test_missing_portrait_is_told_at_its_line(file):
    told = complaint(file, DRIVE + "person:\n  portrait: me.jpg\n")
    assert told.startswith(
        "mine.yaml:4: person.portrait is me.jpg but must be `astronaut` or the path"
    )
