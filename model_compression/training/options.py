"""A group of options whose meaning only the chosen task knows, still with the places it was written at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from edge_app.configuration.document import ConfigurationDocument, ConfigurationError, KeyPath
from edge_app.configuration.sentences import sentences

_Settings = TypeVar("_Settings", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Values as written; `read` turns them into a settings model of the reader's own."""

    document: ConfigurationDocument = field(default_factory=ConfigurationDocument)

    @staticmethod
    def of(values: Mapping[str, Any]) -> OptionGroup:
        """Options that stand in no file."""
        return OptionGroup(ConfigurationDocument(dict(values)))

    @staticmethod
    def inside(document: ConfigurationDocument, path: KeyPath) -> OptionGroup:
        """The group at `path` of a file."""
        values: Any = document.values
        for key in path:
            values = values.get(key) if isinstance(values, dict) else None
        origins = {
            place[len(path) :]: origin
            for place, origin in document.origins.items()
            if place[: len(path)] == path
        }
        return OptionGroup(
            ConfigurationDocument(values if isinstance(values, dict) else {}, origins)
        )

    def read(self, settings: type[_Settings]) -> _Settings:
        """Raises `ConfigurationError`, a sentence for each mistake."""
        try:
            return settings.model_validate_json(json.dumps(self.document.values), strict=True)
        except ValidationError as error:
            raise ConfigurationError(
                sentences(error.errors(include_url=False), self.document, settings)
            ) from None
