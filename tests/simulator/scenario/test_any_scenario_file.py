"""Any valid file is the scenario it says; any spoilt one is told with file, line and key, and never anything worse."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from driver_simulator.scenario.behaviours import claims_of
from driver_simulator.scenario.scenario import Scenario
from edge_app.configuration.document import ConfigurationError, read_document
from edge_app.configuration.load import validated
from tests.simulator.scenario.any_scenario import scenario_documents

PLACED = re.compile(r"x\.yaml:(\d+): ([^ :]+)")
NUMBERS = ("from_s", "duration_s", "speed_kmh", "kss", "eye_aperture_mm", "noise", "depth")
OTHER_UNITS = {
    "from_s": "from_ms",
    "duration_s": "duration_ms",
    "speed_kmh": "speed_mph",
    "eye_aperture_mm": "eye_aperture_cm",
    "frame_rate_hz": "frame_rate_fps",
    "jitter_s": "jitter_ms",
}


def read(text: str) -> Scenario:
    return validated(Scenario, read_document(text, "x.yaml"))


def written(document: Any) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def groups(value: Any) -> list[dict[str, Any]]:
    """Every mapping inside `value`, itself included."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) else []
    return own + [group for child in inside for group in groups(child)]


def complaint(document: Any) -> list[tuple[str, str]]:
    """(the line of the file that is named, the key that is named) of every sentence."""
    text = written(document)
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    lines = text.splitlines()
    places = []
    for sentence in caught.value.sentences:
        match = PLACED.match(sentence)
        assert match is not None, sentence
        places.append((lines[int(match[1]) - 1].strip(" -"), match[2].rsplit(".", 1)[-1]))
    return places


@settings(max_examples=30, deadline=None)
@given(scenario_documents())
def test_scenario_written_out_is_read_back_as_itself(document):
    scenario = read(written(document))
    assert read(written(scenario.model_dump(mode="json"))) == scenario
    assert scenario.duration_s == document["duration_s"]
    assert [b.type for b in scenario.behaviours] == [b["type"] for b in document["behaviours"]]


@settings(max_examples=30, deadline=None)
@given(scenario_documents(), st.data())
def test_other_unit_is_told_at_its_line(document, data):
    chosen = data.draw(
        st.sampled_from(
            [(group, key) for group in groups(document) for key in group if key in OTHER_UNITS]
        )
    )
    group, key = chosen
    wrong = OTHER_UNITS[key]
    group[wrong] = group.pop(key)
    assert any(line.startswith(f"{wrong}:") and at == wrong for line, at in complaint(document))


@settings(max_examples=30, deadline=None)
@given(scenario_documents(), st.data())
def test_number_with_its_unit_or_below_zero_or_no_number_is_told_at_its_line(document, data):
    group, key = data.draw(
        st.sampled_from(
            [(group, key) for group in groups(document) for key in group if key in NUMBERS]
        )
    )
    group[key] = data.draw(st.sampled_from(["20s", "3 km/h", -1.5, True, [1], {"a": 1}, ".nan"]))
    assert any(line.startswith(f"{key}:") and at == key for line, at in complaint(document))


@settings(max_examples=30, deadline=None)
@given(scenario_documents(), st.data())
def test_unknown_key_is_told_at_its_line(document, data):
    group = data.draw(st.sampled_from(groups(document)))
    group["speling"] = 1
    assert ("speling: 1", "speling") in complaint(document)


@settings(max_examples=30, deadline=None)
@given(scenario_documents(), st.data())
def test_behaviour_that_begins_within_another_of_the_same_part_is_told_at_its_begin(document, data):
    scenario = read(written(document))
    moving = [b for b in scenario.behaviours if claims_of(b)]
    if not moving:
        return
    first = data.draw(st.sampled_from(moving))
    inside_s = first.from_s + first.duration_s / 2
    document["behaviours"].append({**first.model_dump(mode="json"), "from_s": inside_s})
    document["duration_s"] += first.duration_s
    assert any(line == f"from_s: {inside_s}" for line, at in complaint(document) if at == "from_s")


@settings(max_examples=30, deadline=None)
@given(scenario_documents(), st.data())
def test_what_lasts_beyond_the_drive_is_told_at_its_line(document, data):
    if not document["behaviours"]:
        return
    last = max(document["behaviours"], key=lambda b: b["from_s"])
    document["duration_s"] = last["from_s"] + 1e-3
    for name in ("light", "vehicle", "state"):
        document.pop(name, None)
    if document["duration_s"] > 0:
        assert {at for _, at in complaint(document)} <= {"from_s", "duration_s"}


@settings(max_examples=60, deadline=None)
@given(scenario_documents(), st.data())
def test_file_with_anything_written_into_it_is_a_scenario_or_sentences(document, data):
    text = written(document)
    place = data.draw(st.integers(0, len(text)))
    hostile = st.sampled_from(
        ["\t", "&a ", "*a ", "!!python/object:os.system ", "<<: ", "{", "]", "? ", "- ", "\x00", "é", "---\n", "'"]
    )  # fmt: skip
    spoilt = text[:place] + data.draw(hostile | st.text(max_size=4)) + text[place:]
    try:
        assert isinstance(read(spoilt), Scenario)
    except ConfigurationError as error:
        assert error.sentences
        assert all(s.startswith("x.yaml") and s.endswith((".", "?")) for s in error.sentences)
