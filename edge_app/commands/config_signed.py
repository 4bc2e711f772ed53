"""What `vigil config show` tells of settings that the fleet has signed: which of them hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge_app.configuration.by_command import SettingsSources


def told_signed(sources: SettingsSources) -> list[str]:
    """What stands below the file and holds, a comment line each; none where nothing does."""
    from edge_app.configuration.sentences import value_at

    if not sources.below:
        return []
    with_it = sources.own().model_dump(mode="json")
    without = replace(sources, below={}).own().model_dump(mode="json")
    return [
        f"# {'.'.join(path)}: {value_at(path, with_it)} was signed by the fleet; {value_at(path, without)} without."
        for path in _leaves(sources.below)
        if value_at(path, with_it) != value_at(path, without)
    ]


def _leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key)
