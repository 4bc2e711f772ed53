"""Every mistake in a study's records is one sentence with file, line and column; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.errors import UserError
from edge_app.validation.addw_records import read_addw
from edge_app.validation.ddaw_records import read_ddaw
from edge_app.validation.table_file import read_table
from tests.validation.studies import STUDY, ddaw_tables, write_study

GOOD = {"ann": ((5, 6, 8, 8), (700.0,)), "ben": ((5, 6, 8, 8), ())}
Spoil = Callable[[dict[str, str]], None]


def replace(file: str, old: str, new: str) -> Spoil:
    def spoil(tables: dict[str, str]) -> None:
        assert old in tables[file]
        tables[file] = tables[file].replace(old, new, 1)

    return spoil


def without(file: str) -> Spoil:
    def spoil(tables: dict[str, str]) -> None:
        del tables[file]

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (replace("ratings.csv", "ann_1,300,5", "ann_1,300,0"), "ratings.csv:2: kss is `0`"),
        (replace("ratings.csv", "ann_1,300,5", "ann_1,300,7.5"), "ratings.csv:2: kss is `7.5`"),
        (replace("ratings.csv", "ann_1,300", 'ann_1,"300,5"'), "ratings.csv:2: t_s is `300,5`"),
        (replace("ratings.csv", "ann_1,600", "ann_1,-1"), "ratings.csv:3: t_s is `-1`"),
        (replace("ratings.csv", "ann_1,600", "ann_1,nan"), "ratings.csv:3: t_s is `nan`"),
        (replace("ratings.csv", "ann_1,600", "ann_1,300"), "ratings.csv:3: drive ann_1 has two"),
        (replace("ratings.csv", "ann_1,300", "anna_1,300"), "ratings.csv:2: drive is `anna_1`"),
        (replace("ratings.csv", "kss", "KSS"), "ratings.csv:1: column kss is missing"),
        (replace("ratings.csv", "drive,t_s,kss", "drive;t_s;kss"), "ratings.csv:1: cells are sep"),
        (replace("ratings.csv", "ann_1,300,5", "ann_1,300"), "ratings.csv:2: has 2 cells"),
        (replace("drives.csv", "ann,day", "ann,noon"), "drives.csv:2: daylight is `noon`"),
        (replace("drives.csv", "ann_1,ann", "ann_1,eve"), "drives.csv:2: participant is `eve`"),
        (replace("drives.csv", "ben_1", "ann_1"), "drives.csv:3: drive is `ann_1`"),
        (replace("participants.csv", "ben", "ann"), "participants.csv:3: participant is `ann`"),
        (replace("participants.csv", "ann,no", "ann,maybe"), "participants.csv:2: developer is"),
        (replace("outputs.csv", ",drowsiness,", ",tired,"), "outputs.csv:2: event is `tired`"),
        (replace("outputs.csv", "warning", "loud"), "outputs.csv:2: level is `loud`"),
        (without("outputs.csv"), "drives.csv:2: drive ann_1 has no trace"),
        (without("ratings.csv"), "ratings.csv: cannot be read (No such file or directory)"),
    ],
)
def test_mistake_is_a_sentence_with_its_place(tmp_path: Path, spoil: Spoil, told: str) -> None:
    tables = ddaw_tables(GOOD)
    spoil(tables)
    with pytest.raises(UserError) as error:
        read_ddaw(write_study(tmp_path, tables))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("study", "told"),
    [
        (STUDY.replace("simulator", "highway"), "study.yaml:4: road is highway"),
        (STUDY + "speed: 3\n", "study.yaml:6"),
        (STUDY.replace("2026-11-30", "30.11.2026"), "study.yaml:2: date"),
        (STUDY + "ddaw: {learning_phase_min: -1}\n", "study.yaml:6: ddaw.learning_phase_min is -1"),
    ],
)
def test_mistake_in_the_study_itself_names_its_line(tmp_path: Path, study: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        read_ddaw(write_study(tmp_path, ddaw_tables(GOOD), study))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("end_s", "told"),
    [
        (
            "1199",
            "ratings.csv:5: t_s is `1200` but must be no later than end_s of drive ann_1, 1199 s (drives.csv:2)",
        ),
        ("0", "ratings.csv:2: t_s is `300`"),
        ("1200", ""),
        ("", ""),
    ],
)
def test_rating_after_the_drives_end_is_told(tmp_path: Path, end_s: str, told: str) -> None:
    """It would stretch the longest interval between ratings, and with it the limits."""
    tables = ddaw_tables({"ann": GOOD["ann"]}, columns={"end_s": [end_s]})
    folder = write_study(tmp_path, tables)
    if not told:
        assert len(read_ddaw(folder).tests[0].ratings) == 4
        return
    with pytest.raises(UserError) as error:
        read_ddaw(folder)
    assert told in str(error.value)


def test_wall_time_after_the_drives_end_is_told(tmp_path: Path) -> None:
    tables = ddaw_tables({"ann": GOOD["ann"]})
    tables["drives.csv"] = (
        "drive,participant,daylight,start,end_s\nann_1,ann,night,2026-11-30T22:00:00Z,600\n"
    )
    tables["ratings.csv"] = "drive,wall,kss\nann_1,2026-11-30T22:10:01Z,6\n"
    with pytest.raises(UserError, match=r"ratings\.csv:2: wall is .*600 s \(drives\.csv:2\)"):
        read_ddaw(write_study(tmp_path, tables))


def test_study_of_the_other_kind_names_the_other_command(tmp_path: Path) -> None:
    tables = ddaw_tables(GOOD)
    drowsiness = write_study(tmp_path / "ddaw", tables)
    with pytest.raises(UserError, match="vigil validate ddaw"):
        read_addw(drowsiness)
    tables["trials.csv"] = tables.pop("ratings.csv")
    with pytest.raises(UserError, match="vigil validate addw"):
        read_ddaw(write_study(tmp_path / "addw", tables))


def test_file_in_place_of_the_folder_is_called_one(tmp_path: Path) -> None:
    file = tmp_path / "driver.yaml"
    file.write_text("kind: driver")
    with pytest.raises(UserError, match="is a file") as told:
        read_addw(file)
    assert "--template" not in str(told.value)


def test_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    for read, kind in ((read_ddaw, "ddaw"), (read_addw, "addw")):
        with pytest.raises(UserError, match=f"vigil validate {kind} --template"):
            read(tmp_path / "none")


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    folder = write_study(tmp_path, ddaw_tables(GOOD))
    (folder / "ratings.csv").write_bytes(b"drive,t_s,kss\n\xff\xfe")
    with pytest.raises(UserError, match=r"ratings\.csv: is not UTF-8"):
        read_ddaw(folder)


def test_wall_times_count_from_the_drives_start(tmp_path: Path) -> None:
    tables = ddaw_tables({"ann": GOOD["ann"]})
    tables["drives.csv"] = (
        "drive,participant,daylight,start\nann_1,ann,night,2026-11-30T22:00:00+01:00\n"
    )
    tables["ratings.csv"] = (
        "drive,wall,kss\nann_1,2026-11-30T21:10:00Z,6\nann_1,2026-11-30T22:15:00+01:00,8\n"
    )
    test = read_ddaw(write_study(tmp_path, tables)).tests[0]
    assert [(rating.t_s, rating.kss) for rating in test.ratings] == [(600.0, 6), (900.0, 8)]


@pytest.mark.parametrize(
    ("start", "wall", "told"),
    [
        ("", "2026-11-30T21:10:00", "drives.csv:2: start is empty"),
        ("2026-11-30T22:00:00", "soon", "ratings.csv:2: wall is `soon`"),
        ("2026-11-30T22:00:00", "2026-11-30T21:10:00Z", "ratings.csv:2: wall is"),
        ("2026-11-30T22:00:00", "2026-11-30T21:59:59", "ratings.csv:2: wall is"),
    ],
)
def test_wall_time_that_cannot_be_placed_is_told(
    tmp_path: Path, start: str, wall: str, told: str
) -> None:
    tables = ddaw_tables({"ann": GOOD["ann"]})
    tables["drives.csv"] = f"drive,participant,daylight,start\nann_1,ann,night,{start}\n"
    tables["ratings.csv"] = f"drive,wall,kss\nann_1,{wall},6\n"
    with pytest.raises(UserError) as error:
        read_ddaw(write_study(tmp_path, tables))
    assert told in str(error.value)


@given(content=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_whatever_is_in_a_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("any", numbered=True) / "ratings.csv"
    file.write_bytes(b"drive,t_s,kss\n" + content)
    try:
        rows = read_table(file, ["drive", "t_s", "kss"])
    except UserError as error:
        assert "ratings.csv" in str(error)
    else:
        assert all(set(row.cells) == {"drive", "t_s", "kss"} for row in rows)


def test_cell_with_a_line_break_keeps_the_count_of_lines(tmp_path: Path) -> None:
    tables = ddaw_tables(GOOD)
    tables["ratings.csv"] = 'drive,t_s,kss,note\nann_1,300,5,"two\nlines"\nann_1,600,0,\n'
    with pytest.raises(UserError, match=r"ratings\.csv:4: kss is `0`"):
        read_ddaw(write_study(tmp_path, tables))
