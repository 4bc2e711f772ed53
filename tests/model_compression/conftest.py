"""Training and quantization need packages that driving does not: without them their tests are left out."""

from __future__ import annotations

from tests.model_compression.workshop import MISSING

# Their modules import torch at the top, as the code they test does.
_WORKSHOP = [
    *(
        "clips",
        "detector",
        "distillation",
        "export",
        "quantization",
        "reproduce/paper1/test_training.py",
    ),
    *("evaluation/clips/test_evaluate_teacher.py", "evaluation/clips/test_seen_people.py"),
    "evaluation/clips/test_seen_in_pretraining.py",
    *("students", "tasks", "teachers", "training"),
]
collect_ignore = _WORKSHOP if MISSING else []
