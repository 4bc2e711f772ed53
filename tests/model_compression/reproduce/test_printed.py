"""The paper's numbers as it prints them, its contradictions included."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.reproduce.printed import PrintedTable, Value, printed_tables, read_printed

TABLES = printed_tables(1)


def row(number: int, *words: str) -> dict[str, Value]:
    """Of the first row whose labels hold all the words: heading -> value."""
    table = TABLES[number]
    found = next(
        each for each in table.rows if all(word in " ".join(each.labels) for word in words)
    )
    headings = [column.heading for column in table.columns]
    return dict(zip(headings, found.values, strict=True))


def notes(number: int) -> str:
    return " ".join(TABLES[number].notes)


def test_all_nine_tables_are_there_with_their_rivals() -> None:
    assert {number: len(table.rows) for number, table in TABLES.items()} == {
        1: 5,
        2: 12,
        3: 8,
        4: 17,
        5: 5,
        6: 3,
        7: 5,
        8: 4,
        9: 9,
    }


@pytest.mark.parametrize(
    ("number", "words", "heading", "value"),
    [
        (1, ("Ours",), "Inference Time (ms)", (12.0, 20.0)),
        (1, ("CLIPER",), "Inference Time (ms)", None),
        (2, ("[28]", "0.08"), "Accuracy", 0.82),
        (2, ("Ours", "0.08"), "AUROC", 0.93),
        (3, ("IsoSSL",), "Accuracy (%)", 93.71),
        (4, ("Former-DFER",), "DFEW WAR (%)", 65.70),
        (4, ("EmotiW",), "AFEW UAR (%)", None),
        (5, ("EGCA (at/after exit)",), "DFEW UAR", 61.17),
        (6, ("DFEW",), "AFEW WAR", 55.02),
        (7, ("8",), "Params (M)", 33.23),
        (8, ("✓", "-"), "FERV39K UAR", 30.74),
        (9, ("MMA-DFER",), "FERV39k WAR (%)", 58.52),
    ],
)
def test_number_is_the_printed_one(
    number: int, words: tuple[str, ...], heading: str, value: Value
) -> None:
    assert row(number, *words)[heading] == value


def test_war_on_ferv39k_contradicts_itself_and_the_notes_say_so() -> None:
    printed = (
        row(4, "Ours")["FERV39k WAR (%)"],
        row(6, "FERV39k")["FERV39k WAR"],
        row(5, "ConAdv")["FERV39K WAR"],
        row(9, "Ours")["FERV39k WAR (%)"],
    )
    assert printed == (53.78, 53.78, 52.35, 52.35)
    assert all("53.78" in notes(number) and "52.35" in notes(number) for number in (4, 5, 6, 9))


def test_auc_of_mix_stands_as_accuracy_in_two_tables_and_the_notes_say_so() -> None:
    assert row(5, "(none)")["MiX-Telematics AUC"] == 81.34
    assert row(7, "5")["Mix Telematics (Acc)"] == 81.34
    assert row(8, "-", "- - -")["Mix-Telematics Accuracy (%)"] == 81.34
    assert row(5, "(none)")["MiX-Telematics Accuracy"] == 79.29
    assert all("79.29" in notes(number) for number in (5, 7, 8))


def test_rows_that_two_tables_share_agree() -> None:
    plain = list(row(5, "(none)").values())
    assert list(row(8, "-", "- - -").values())[:5] == [*plain[:4], plain[6]]
    assert list(row(7, "5").values())[3:] == plain[:4]
    assert row(5, "(after entry)")["NTHU-DDD Accuracy"] == 87.71
    assert list(row(8, "- ✓ -").values())[:2] == list(row(5, "ELCA (after entry)").values())[:2]


def test_blocks_cost_the_same_each() -> None:
    table = TABLES[7]
    sizes = [each.values[0] for each in table.rows]
    assert all(isinstance(size, float) for size in sizes)
    per_block = {
        round((size - sizes[0]) / (int(each.labels[0]) - 3), 2)  # type: ignore[operator]
        for size, each in zip(sizes[1:], table.rows[1:], strict=True)
    }
    assert per_block == {3.12}


def test_numbers_are_shown_with_the_decimals_of_the_paper() -> None:
    table = TABLES[1]
    assert [table.text(4, column) for column in (0, 1)] == ["23.87", "12–20"]
    assert table.text(1, 0) == "85.00" and table.text(1, 1) == "–"


def broken(tmp_path: Path, text: str) -> str:
    file = tmp_path / "tables.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_printed(file)
    return str(error.value)


TABLE = """tables:
  - {number: 3, title: t, caption: c, labels: [M], columns: [{heading: A, set: DFEW, figure: FIGURE, unit: percent,
     decimals: 2}], rows: [{labels: [x], values: VALUES}]}
"""


def test_row_that_is_too_short_is_named(tmp_path: Path) -> None:
    said = broken(tmp_path, TABLE.replace("FIGURE", "uar").replace("VALUES", "[]"))
    assert "table 3: the row x has 1 labels and 0 values" in said


def test_word_in_the_place_of_a_number_is_refused(tmp_path: Path) -> None:
    said = broken(tmp_path, TABLE.replace("FIGURE", "uar").replace("VALUES", '["-"]'))
    assert "'-' is no number; write null for a dash" in said


def test_unknown_figure_is_refused(tmp_path: Path) -> None:
    said = broken(tmp_path, TABLE.replace("FIGURE", "war").replace("VALUES", "[1.0]"))
    assert "figure war is none of accuracy" in said


def test_file_without_tables_is_refused(tmp_path: Path) -> None:
    assert "holds no list of tables" in broken(tmp_path, "pages: 3\n")


def test_every_column_of_our_rows_has_a_unit_that_fits() -> None:
    """Percent are above 1 and shares below, whoever typed them."""

    def fits(table: PrintedTable) -> bool:
        return all(
            value is None or isinstance(value, tuple) or (value <= 1) == (column.unit == "share")
            for each in table.rows
            for value, column in zip(each.values, table.columns, strict=True)
        )

    assert all(fits(table) for table in TABLES.values())
