"""Every network that can be trained, by its name: the students of the vehicle and the teachers they learn from."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from torch import nn

from edge_app.errors import UserError
from model_compression.students import create_student
from model_compression.students.create import STUDENTS
from model_compression.teachers import TEACHERS, create_teacher


def create_network(name: str, **options: Any) -> nn.Module:
    """A freshly initialised network. options: its keyword arguments. Raises `UserError`."""
    if name not in (*STUDENTS, *TEACHERS):
        near = get_close_matches(name, (*STUDENTS, *TEACHERS), n=1)
        hint = f"did you mean `{near[0]}`?" if near else ""
        known = f"students {', '.join(STUDENTS)}; teachers {', '.join(TEACHERS)}"
        raise UserError(
            f"network.name: there is no network `{name}`; {hint or f'known are {known}.'}"
        )
    try:
        if name in TEACHERS:
            return create_teacher(name, **options)
        return create_student(name, **options)
    except (TypeError, ValueError) as error:
        raise UserError(f"network.options: {name} does not take these ({error}).") from error
