"""The sheet to print: the board in its true size, with a measure to check the printer by, as PDF or PNG."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera.charuco_board import BoardShape, CharucoBoard

_MARGIN_MM, _FOOT_MM, _MEASURE_MM = 10.0, 15.0, 100.0
_A4_MM = (297.0, 210.0)
_PNG_PX_PER_MM, _PDF_PX_PER_MM = 300 / 25.4, 10.0
_POINTS_PER_MM = 72 / 25.4
_MOST_PX = 20_000
_BLACK, _WHITE = 0, 255


def sheet_size_mm(shape: BoardShape) -> tuple[float, float]:
    """A4 on its side where the board fits, else as large as it needs."""
    needed = (
        max(shape.width_mm, _MEASURE_MM) + 2 * _MARGIN_MM,
        shape.height_mm + _MARGIN_MM + _FOOT_MM,
    )
    fits = needed[0] <= _A4_MM[0] and needed[1] <= _A4_MM[1]
    return _A4_MM if fits else needed


def sheet_png(board: CharucoBoard) -> bytes:
    """With its resolution inside, so that it prints in its true size. Raises `ValueError` for a sheet too large."""
    image = _sheet(board, _PNG_PX_PER_MM)
    _, encoded = cv2.imencode(".png", image)
    content = encoded.tobytes()
    per_m = round(_PNG_PX_PER_MM * 1000)
    header_end = 8 + 25  # signature, and the chunk IHDR
    physical = _png_chunk(b"pHYs", struct.pack(">IIB", per_m, per_m, 1))
    return content[:header_end] + physical + content[header_end:]


def sheet_pdf(board: CharucoBoard) -> bytes:
    """One page. Raises `ValueError` for a sheet too large."""
    image = _sheet(board, _PDF_PX_PER_MM)
    height, width = image.shape
    page = [side * _POINTS_PER_MM for side in sheet_size_mm(board.shape)]
    packed = zlib.compress(image.tobytes(), 9)
    paint = f"q {page[0]:.3f} 0 0 {page[1]:.3f} 0 0 cm /Board Do Q".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page[0]:.3f} {page[1]:.3f}]"
            " /Resources << /XObject << /Board 4 0 R >> >> /Contents 5 0 R >>"
        ).encode(),
        (
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray"
            f" /BitsPerComponent 8 /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        ).encode()
        + packed
        + b"\nendstream",
        f"<< /Length {len(paint)} >>\nstream\n".encode() + paint + b"\nendstream",
    ]
    return _pdf(objects)


def _sheet(board: CharucoBoard, px_per_mm: float) -> NDArray[np.uint8]:
    shape = board.shape
    width_mm, height_mm = sheet_size_mm(shape)
    width, height = round(width_mm * px_per_mm), round(height_mm * px_per_mm)
    if max(width, height) > _MOST_PX:
        raise ValueError(
            f"a board of {shape.width_mm:g} x {shape.height_mm:g} mm is too large to draw"
        )
    sheet: NDArray[np.uint8] = np.full((height, width), _WHITE, dtype=np.uint8)
    drawn = board.picture(px_per_mm)
    left = (width - drawn.shape[1]) // 2
    top = max(round(_MARGIN_MM * px_per_mm), (height - drawn.shape[0]) // 2)
    top = min(top, height - drawn.shape[0] - round(_FOOT_MM * px_per_mm))
    sheet[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    _foot(sheet, shape, left, px_per_mm)
    return sheet


def _foot(sheet: NDArray[np.uint8], shape: BoardShape, left: int, px_per_mm: float) -> None:
    """A measure of 100 mm, and what this is."""
    y = sheet.shape[0] - round(6.0 * px_per_mm)
    end = left + round(_MEASURE_MM * px_per_mm)
    thick = max(1, round(0.3 * px_per_mm))
    tick = round(2.0 * px_per_mm)
    cv2.line(sheet, (left, y), (end, y), _BLACK, thick)
    for x in (left, end):
        cv2.line(sheet, (x, y - tick), (x, y + tick), _BLACK, thick)
    words = (
        f"must measure 100 mm; {shape.columns} x {shape.rows} squares of {shape.square_mm:g} mm,"
        " to be stuck on something flat"
    )
    scale = 0.11 * px_per_mm
    room = sheet.shape[1] - end - round(8 * px_per_mm)
    (length, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    scale *= min(1.0, room / length)
    place = (end + round(4 * px_per_mm), y + round(px_per_mm))
    cv2.putText(sheet, words, place, cv2.FONT_HERSHEY_SIMPLEX, scale, _BLACK, thick, cv2.LINE_AA)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _pdf(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        out += f"{place:010d} 00000 n \n".encode()
    out += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    )
    return bytes(out)
