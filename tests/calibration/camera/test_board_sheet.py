"""The sheet that is printed: its true size stands in the file, and the board on it is the one that is looked for."""

from __future__ import annotations

import re
import struct
import zlib

import cv2
import numpy as np
import pytest

from calibration.camera.board_sheet import sheet_pdf, sheet_png, sheet_size_mm
from calibration.camera.charuco_board import BoardShape, CharucoBoard
from tests.calibration.camera.boards import BOARD, SHAPE


def test_png_says_how_large_it_prints_and_shows_every_corner() -> None:
    content = sheet_png(BOARD)
    place = content.index(b"pHYs")
    across, down, unit = struct.unpack(">IIB", content[place + 4 : place + 13])
    assert (across, down, unit) == (11811, 11811, 1)  # 300 dots for an inch
    sheet = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape[1] / 11811 * 1000 == pytest.approx(297, abs=0.1)
    view = BOARD.find(sheet)
    assert view is not None and len(view.ids) == SHAPE.corner_count
    mm = view.corners_px / 11.811
    assert np.ptp(mm[:, 0]) == pytest.approx(SHAPE.width_mm - 2 * SHAPE.square_mm, rel=2e-3)


def test_pdf_holds_the_board_in_its_true_size() -> None:
    content = sheet_pdf(BOARD)
    assert content.startswith(b"%PDF-1.") and content.rstrip().endswith(b"%%EOF")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert box is not None
    assert [float(side) / 72 * 25.4 for side in box.groups()] == pytest.approx([297, 210], abs=0.1)
    size = re.search(rb"/Width (\d+) /Height (\d+)", content)
    start = content.index(b"stream\n") + len(b"stream\n")
    pixels = zlib.decompressobj().decompress(content[start:])
    assert size is not None
    sheet = np.frombuffer(pixels, np.uint8).reshape(int(size[2]), int(size[1]))
    view = BOARD.find(sheet)
    assert view is not None and len(view.ids) == SHAPE.corner_count
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", content), start=1):
        assert content[int(place) :].startswith(f"{number} 0 obj".encode())


def test_larger_board_gets_a_larger_sheet() -> None:
    assert sheet_size_mm(BoardShape()) == (297.0, 210.0)
    width_mm, height_mm = sheet_size_mm(BoardShape(10, 7, 60.0))
    assert width_mm > 600 and height_mm > 420


@pytest.mark.parametrize("shape", [BoardShape(2, 6), BoardShape(9, 40), BoardShape(9, 6, 0.5)])
def test_board_that_cannot_be_made_is_an_error(shape: BoardShape) -> None:
    with pytest.raises(ValueError, match="square"):
        CharucoBoard(shape)


def test_sheet_too_large_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="too large"):
        sheet_png(CharucoBoard(BoardShape(30, 30, 400.0)))
