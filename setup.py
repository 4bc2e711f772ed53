"""Metadata of the distribution: what is packaged, what it needs, what command it installs.

Packages are named one by one, so that a new folder is shipped only when somebody means it;
`tests/packaging` fails when one is forgotten.
"""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent

PACKAGES = [
    "calibration",
    "calibration.camera",
    "calibration.driver",
    "calibration.probability",
    "calibration.quantization",
    "driver_simulator",
    "driver_simulator.commands",
    "driver_simulator.dataset",
    "driver_simulator.driver",
    "driver_simulator.picture",
    "driver_simulator.scenario",
    "driver_simulator.study",
    "driver_simulator.suite",
    "edge_app",
    "edge_app.aim",
    "edge_app.alerts",
    "edge_app.alerts.outputs",
    "edge_app.blink_head",
    "edge_app.bundle",
    "edge_app.camera",
    "edge_app.commanding",
    "edge_app.commands",
    "edge_app.configuration",
    "edge_app.driver_profiles",
    "edge_app.driver_state",
    "edge_app.face",
    "edge_app.inference",
    "edge_app.service",
    "edge_app.sound",
    "edge_app.stills",
    "edge_app.telemetry",
    "edge_app.trace",
    "edge_app.validation",
    "edge_app.updates",
    "edge_app.vehicle",
    "edge_app.views",
    "firmware_configs",
    "firmware_configs.commands",
    "firmware_configs.install",
    "firmware_configs.provisioning",
    "model_compression",
    "model_compression.audio_visual",
    "model_compression.augmentation",
    "model_compression.blinks",
    "model_compression.commands",
    "model_compression.configs",
    "model_compression.data",
    "model_compression.data.clips",
    "model_compression.data.clips.kinds",
    "model_compression.data.features",
    "model_compression.data.features.kinds",
    "model_compression.distillation",
    "model_compression.downstream",
    "model_compression.evaluation",
    "model_compression.evaluation.clips",
    "model_compression.evaluation.frames",
    "model_compression.evaluation.kinds",
    "model_compression.evaluation.occluders",
    "model_compression.export",
    "model_compression.publishing",
    "model_compression.quantization",
    "model_compression.reproduce",
    "model_compression.reproduce.paper1",
    "model_compression.reproduce.paper2",
    "model_compression.reproduce.paper3",
    "model_compression.reproduce.paper4",
    "model_compression.scoring",
    "model_compression.students",
    "model_compression.teachers",
    "model_compression.training",
    "model_compression.training.clips",
    "model_compression.training.frames",
    "model_compression.training.pictures",
    "model_compression.training.tasks",
    "model_compression.tuning",
]

# Lower bounds are the oldest versions the tests pass with (numpy and opencv: what Raspberry Pi OS 12 ships or
# can hold beside its own numpy); constraints/ pins what is tested.
BASE = [
    "numpy>=1.24",
    "opencv-python-headless>=4.10",
    "ai-edge-litert>=2.0",
    "paho-mqtt>=2.0,<3",
    "pydantic>=2.9,<3",
    "pyyaml>=6.0",
    "typer>=0.15",
    "rich>=13.7",
    "av>=14.0",
    "mcap>=1.6",
    # It comes with mcap; named since the reader of traces looks at its frames itself.
    "zstandard>=0.22",
    "psutil>=5.9",
    "jinja2>=3.1",
    "starlette>=0.40",
    "uvicorn>=0.30",
]

EXTRAS = {
    "onnx": ["onnxruntime>=1.20"],
    "openvino": ["openvino>=2025.0"],
    # Speed and ignition from a bus or an adapter at its plug.
    "can": ["python-can>=4.6", "cantools>=45", "pyserial>=3.5"],
    "train": ["torch==2.13.0", "lightning>=2.6,<2.7", "tensorboard>=2.18", "safetensors>=0.5"],
    # WavLM, wav2vec 2.0 and BEiT from a folder on the disk; nothing is fetched.
    "audio-visual": ["torch==2.13.0", "transformers>=5.0,<6"],
    "quantize": [
        "torch==2.13.0",
        "onnx>=1.20",
        "onnxscript>=0.5",
        "onnxruntime>=1.20",
        "openvino>=2025.0",
        "nncf>=3.0",
        "ai-edge-quantizer>=0.10",
    ],
    # Its converter asks for typing-extensions below 4.13, older than what is pinned for the vehicle: an environment of
    # its own, without the constraints.
    "quantize-litert": ["litert-torch>=0.10", "torchao>=0.17"],
    # picamera2 and libcamera come from the Pi's system packages; they do not build from wheels.
    "pi": ["gpiozero>=2.0", "lgpio>=0.2.2; python_version < '3.13'"],
    "evaluate": ["scikit-image>=0.24", "scikit-learn>=1.5"],
    # The live page's starlette, uvicorn and jinja2 are in the base.
    "fleet": [],
    # `vigil provision` in the office, and for keys that are made in the vehicle.
    "provision": ["cryptography>=42"],
    # Signed bundles and settings, in the vehicle and in the office.
    "updates": ["tuf>=7.0", "securesystemslib[crypto]>=1.6", "urllib3>=2.2"],
    # Pictures of an event, sealed for the office (HPKE).
    "stills": ["cryptography>=47"],
    "demo": ["amqtt>=0.11"],
    "dev": [
        "python-can>=4.6",
        "cantools>=45",
        "pyserial>=3.5",
        "cryptography>=47",
        "apsw>=3.54",
        "cyclonedx-python-lib[json-validation]>=11",
        "tuf>=7.0",
        "securesystemslib[crypto]>=1.6",
        "urllib3>=2.2",
        "jinja2>=3.1",
        "jsonschema>=4.23",
        "types-jsonschema",
        "gpiozero>=2.0",
        "hypothesis>=6.100",
        "furo>=2024.8",
        "mypy>=1.15",
        "myst-parser>=4.0",
        "pytest>=8.3",
        "ruff>=0.9",
        "setuptools>=77",
        "sphinx>=8.1",
        "types-PyYAML",
        "types-psutil",
    ],
}


def version() -> str:
    """The version stands once, in `edge_app/__init__.py`; read as text so that building imports nothing."""
    text = (HERE / "edge_app" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if match is None:
        raise RuntimeError("edge_app/__init__.py has no __version__ line")
    return match.group(1)


if __name__ == "__main__":
    setup(
        name="vigil-driver-monitoring",
        version=version(),
        description="Driver monitoring on small computers: drowsiness, distraction and blind spots, told honestly",
        long_description=(HERE / "README.md").read_text(encoding="utf-8"),
        long_description_content_type="text/markdown",
        license="Apache-2.0",
        license_files=["LICENSE"],
        python_requires=">=3.10",
        packages=PACKAGES,
        package_data={
            "calibration.camera": ["*.yaml"],
            "driver_simulator": ["portraits/*", "scenarios/*.yaml"],
            "driver_simulator.dataset": ["*.yaml"],
            "driver_simulator.driver": ["*.yaml"],
            "edge_app": ["py.typed", "demo_clip/*", "bundles/default/*"],
            "edge_app.validation": ["templates/*"],
            "edge_app.views": ["templates/*", "static/*"],
            "firmware_configs": ["*.yaml", "*.vspec", "cloud_init/*"],
            "firmware_configs.install": ["templates/*"],
            "model_compression": ["starting_points/*"],
            "model_compression.configs": ["*.yaml"],
            "model_compression.reproduce.paper1": ["*.yaml"],
            "model_compression.reproduce.paper2": ["*.yaml"],
            "model_compression.reproduce.paper3": ["*.yaml"],
            "model_compression.reproduce.paper4": ["*.yaml"],
        },
        install_requires=BASE,
        extras_require=EXTRAS,
        entry_points={
            "console_scripts": ["vigil = edge_app.commands.main:main"],
            # The vehicle's code names no sibling: the workshop's commands are found as anybody's would be.
            "vigil.commands": [
                "data = model_compression.commands.data:app",
                "train = model_compression.commands.train:app",
                "quantize = model_compression.commands.quantize:quantize",
                "tune = model_compression.commands.tune:tune",
                "bundle = model_compression.commands.bundle:bundle",
                "evaluate = model_compression.commands.evaluate:evaluate",
                "evaluate-blinks = model_compression.commands.evaluate_blinks:evaluate_blinks",
                "evaluate-teacher = model_compression.commands.evaluate_teacher:evaluate_teacher",
                "evaluate-frames = model_compression.commands.evaluate_frames:evaluate_frames",
                "pack-audio-visual = model_compression.commands.pack_audio_visual:pack_audio_visual",
                "evaluate-heads = model_compression.commands.downstream:evaluate_heads",
                "compound = model_compression.commands.downstream:compound",
                "distill = model_compression.commands.distill:distill",
                "reproduce = model_compression.commands.reproduce:app",
                "install = firmware_configs.install.command:install",
                "provision = firmware_configs.commands.provision:app",
                "simulate = driver_simulator.commands.simulate:simulate",
                "simulate-study = driver_simulator.commands.simulate_study:simulate_study",
                "simulate-dataset = driver_simulator.commands.simulate_dataset:simulate_dataset",
            ],
            "vigil.commands.calibrate": [
                "probability = model_compression.commands.calibrate_probability:probability",
            ],
            "vigil.sources": ["sim = driver_simulator.scenario_source:open_source"],
            "vigil.vehicle_providers": ["sim = driver_simulator.scenario_vehicle:open_provider"],
        },
        classifiers=[
            "Development Status :: 3 - Alpha",
            "Environment :: Console",
            "Operating System :: POSIX :: Linux",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3.10",
            "Programming Language :: Python :: 3.11",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: 3.13",
            "Topic :: Scientific/Engineering :: Image Recognition",
            "Typing :: Typed",
        ],
    )
