"""What was asked for by options and does not stand in settings that their owner has changed, and that are kept so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.configuration.load import ConfigurationError, load_settings
from edge_app.configuration.sentences import value_at


@dataclass(frozen=True, slots=True)
class AskedSettings:
    """values: by dotted key, those alone that somebody has asked for. config: a whole file in their place."""

    values: dict[str, Any]
    config: Path | None = None

    def missing_in(self, place: Path) -> str:
        """In words; empty where all stands there."""
        if self.config is not None:
            return f"{self.config} was not put in its place"
        if not self.values:
            return ""
        try:
            present = load_settings(place).model_dump(mode="json")
        except ConfigurationError as error:
            return f"it cannot be used: {str(error).rstrip('.')}"
        found = {key: value_at(tuple(key.split(".")), present) for key in self.values}
        return ", ".join(
            f"{key} is {found[key]} there, not {wanted} as asked for"
            for key, wanted in self.values.items()
            if found[key] != wanted
        )
