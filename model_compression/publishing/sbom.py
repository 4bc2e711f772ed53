"""A CycloneDX 1.6 bill of material: the program with the packages it needs, and every file of a bundle.

Written by itself rather than by a library, since it is one JSON object of known keys; the tests hold it against the
published schema.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from edge_app import __version__
from edge_app.bundle.open import Bundle
from model_compression.publishing.packages import Package, needed_packages, package_key

PROGRAM = "vigil-driver-monitoring"
_NAMESPACE = uuid.UUID("6f1d0b0e-6a52-4f0e-9d8a-6c1b7f1a2f10")


def sbom_of(
    *, bundle: Bundle | None, made: datetime, extras: tuple[str, ...] = ("updates",)
) -> dict[str, Any]:
    """bundle: None: of the program alone. extras: of the program, whose packages are part of the vehicle."""
    packages = needed_packages(PROGRAM, extras)
    depends = {
        package.purl: sorted(packages[key].purl for key in package.needs if key in packages)
        for package in packages.values()
    }
    program = packages.pop(package_key(PROGRAM))
    components = [_package(package) for package in packages.values()]
    subject = _package(program, kind="application")
    if bundle is not None:
        components.append(subject)
        subject = _bundle(bundle)
        components.extend(_files(bundle))
        components.extend(_data(bundle))
        depends[subject["bom-ref"]] = [program.purl]
    serial = uuid.uuid5(_NAMESPACE, f"{subject['bom-ref']} {__version__} {made.isoformat()}")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {
                "components": [{"type": "application", "name": "vigil", "version": __version__}]
            },
            "component": subject,
        },
        "components": sorted(components, key=lambda component: str(component["bom-ref"])),
        "dependencies": [
            {"ref": ref, "dependsOn": on} if on else {"ref": ref}
            for ref, on in sorted(depends.items())
        ],
    }


def _package(package: Package, kind: str = "library") -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": kind,
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
    }
    if package.licence is not None:
        component["licenses"] = [{"license": {"name": package.licence}}]
    return component


def _bundle(bundle: Bundle) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"bundle:{bundle.manifest.name}@{bundle.manifest.version}",
        "name": bundle.manifest.name,
        "version": bundle.manifest.version,
        "hashes": [{"alg": "SHA-256", "content": bundle.sha256}],
    }


def _files(bundle: Bundle) -> list[dict[str, Any]]:
    return [
        {
            "type": "file",
            "bom-ref": f"file:{file.path}",
            "name": file.path,
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        }
        for file in {file.path: file for file in bundle.files()}.values()
    ]


def _data(bundle: Bundle) -> list[dict[str, Any]]:
    """What the weights learned from."""
    return [
        {
            "type": "data",
            "bom-ref": f"data:{number}:{data.sha256[:16]}",
            "name": data.name,
            "hashes": [{"alg": "SHA-256", "content": data.sha256}],
            "licenses": [{"license": {"name": data.licence}}],
        }
        for number, data in enumerate(bundle.manifest.training.data)
    ]
