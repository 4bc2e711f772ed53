"""The installed packages that a program needs, as their own metadata tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

from edge_app.errors import UserError

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([^\"']+)[\"']")


@dataclass(frozen=True, slots=True)
class Package:
    """One installed distribution."""

    key: str  # its normalized name
    name: str
    version: str
    licence: str | None  # in words or as an SPDX expression; None where it does not say
    needs: tuple[str, ...]  # keys, those of the extras that were asked for among them

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.key}@{self.version}"


def needed_packages(name: str, extras: tuple[str, ...]) -> dict[str, Package]:
    """By key: `name` and whatever it needs that is installed. Markers other than extras are not read.

    Raises `UserError` where `name` itself is not installed.
    """
    found: dict[str, Package] = {}
    waiting = [(name, extras)]
    seen: set[str] = set()
    while waiting:
        wanted, own_extras = waiting.pop()
        if package_key(wanted) in seen:
            continue
        seen.add(package_key(wanted))
        try:
            package = _read(metadata.distribution(wanted), own_extras)
        except metadata.PackageNotFoundError as error:
            if wanted == name:
                raise UserError(
                    f"{name} is not installed as a package here, so nobody can tell what it needs; run"
                    " `pip install .`."
                ) from error
            continue
        found[package.key] = package
        waiting.extend((each, ()) for each in package.needs)
    return found


def package_key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _read(distribution: metadata.Distribution, extras: tuple[str, ...]) -> Package:
    described = distribution.metadata
    licences = [described[key] for key in ("License-Expression", "License") if key in described]
    licence = next((text for text in licences if text and "\n" not in text), None)
    return Package(
        package_key(described["Name"]),
        described["Name"],
        described["Version"],
        None if licence is None else licence[:200],
        tuple(_needs(described.get_all("Requires-Dist") or [], extras)),
    )


def _needs(requirements: list[str], extras: tuple[str, ...]) -> list[str]:
    names: dict[str, None] = {}
    for text in requirements:
        extra, name = _EXTRA.search(text), _NAME.match(text)
        if name is not None and (extra is None or extra[1] in extras):
            names[package_key(name[0])] = None
    return list(names)
