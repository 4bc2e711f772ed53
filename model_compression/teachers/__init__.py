"""Teachers: networks that see a clip rather than a picture, one family per file, built by `create_teacher`."""

from model_compression.teachers.create import TEACHERS, create_teacher

__all__ = ["TEACHERS", "create_teacher"]
