"""From a source's URI to an open source: the registry of plug-ins, each imported only when chosen.

`scheme:rest`, or the bare path of a video, picture, folder or video device. A sibling package adds a scheme through
an entry point of the group `vigil.sources`: its name is the scheme, its object a function like `open_source` below
that takes what stands behind the colon. Where that function's module says `PLAYS_BY_ITSELF = False`, its frames wait
to be read, as those of a file do.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from edge_app.camera.source import FrameSource, SourceSettings, UnusableSourceError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Opener = Callable[[str, SourceSettings], FrameSource]

ENTRY_POINT_GROUP = "vigil.sources"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")

_USER_INFO = re.compile(r"(://[^:]*):.*@", re.DOTALL)
_SECRET = re.compile(  # `user-pw=...` of a GStreamer element, `password=...` in the address of a network camera
    r"""((?:user-pw|proxy-pw|password|passwd|pwd|passphrase|token)\s*=\s*(?:\(\w+\)\s*)?)"""
    r"""(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|(?:\\.|[^\s&;"'\\])+)""",
    re.IGNORECASE | re.DOTALL,
)

_PLUG_INS = {  # scheme -> module of this package with a function `open_source(rest, settings)`
    "v4l2": "v4l2",
    "picamera2": "picamera2",
    "gst": "gst",
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "file": "file",
    "images": "images",
}
_EXAMPLES = {  # of sources that are nothing without what stands behind the colon
    "gst": "gst:videotestsrc ! appsink",
    "file": "file:clip.mp4",
    "images": "images:folder",
    "sim": "sim:microsleep",
}


def open_source(uri: str, settings: SourceSettings) -> FrameSource:
    """Open the source that `uri` names. Raises `SourceError` with one sentence for the user."""
    scheme, rest = split_uri(uri)
    return _opener(scheme)(rest, settings)


def split_uri(uri: str) -> tuple[str, str]:
    """`uri` -> (scheme, rest). Raises `UnusableSourceError` where it is neither a URI nor an existing path."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", uri, re.DOTALL)
    if match and not os.path.exists(uri):
        scheme, rest = match[1].lower(), match[2]
        if scheme in ("rtsp", "rtsps"):
            return scheme, uri
        if not rest.strip() and scheme in _EXAMPLES:
            raise UnusableSourceError(
                f"{scheme}: nothing stands behind the colon; write it like {_EXAMPLES[scheme]}"
            )
        return scheme, rest[2:] if rest.startswith("///") else rest
    path = os.path.expanduser(uri)
    try:
        mode = os.stat(path).st_mode
    except OSError:
        raise UnusableSourceError(
            f"{shown_uri(uri)}: no such file or folder, and not a source like v4l2:0, file:clip.mp4, rtsp://camera/live"
            " or sim:microsleep"
        ) from None
    if stat.S_ISCHR(mode):
        return "v4l2", path
    if stat.S_ISDIR(mode) or path.lower().endswith(PICTURE_SUFFIXES):
        return "images", path
    return "file", path


def known_schemes() -> tuple[str, ...]:
    """What may stand before the colon: the built-in kinds, and those that installed packages add."""
    from importlib.metadata import entry_points  # 20 ms that opening a built-in source does not pay

    added = sorted(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP))
    return (*_PLUG_INS, *added)


def is_built_in(scheme: str) -> bool:
    return scheme in _PLUG_INS


def added_source(uri: str) -> tuple[str, str] | None:
    """(scheme, rest) of a source that a package adds; None for the built-in kinds and for what is no source."""
    try:
        scheme, rest = split_uri(uri)
    except UnusableSourceError:
        return None
    return None if is_built_in(scheme) else (scheme, rest)


def plays_by_itself(uri: str) -> bool:
    """True for a camera, false where frames wait to be read. Opens nothing.

    Raises `UnusableSourceError` for an unknown scheme and a plug-in that cannot be loaded.
    """
    scheme = split_uri(uri)[0]
    if is_built_in(scheme):
        return scheme not in ("file", "images")
    plug_in = _loaded(_added(scheme))
    module = import_module(plug_in.__module__)
    return bool(getattr(module, "PLAYS_BY_ITSELF", True))


def shown_uri(uri: str) -> str:
    """`uri`, or a sentence around it, fit for logs and messages: every password in it becomes `***`.

    A password may itself hold `/` and `@`, so all up to the last `@` goes: rather too much than a part of it left.
    """
    return _SECRET.sub(r"\1***", _USER_INFO.sub(r"\1:***@", uri))


def _opener(scheme: str) -> Opener:
    module = _PLUG_INS.get(scheme)
    if module is not None:
        return cast(Opener, import_module(f"edge_app.camera.{module}").open_source)
    return _loaded(_added(scheme))


def _loaded(entry: EntryPoint) -> Opener:
    try:
        return cast(Opener, entry.load())
    except ImportError as error:
        raise UnusableSourceError(
            f"{entry.name}: the plug-in {entry.value} cannot be loaded ({error}); install what it needs"
        ) from error


def _added(scheme: str) -> EntryPoint:
    from importlib.metadata import entry_points  # 20 ms that the built-in sources do not pay

    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name == scheme:
            return entry
    known = ", ".join(f"{name}:" for name in known_schemes())
    raise UnusableSourceError(f"{scheme}: no such kind of source; known are {known}")
