"""Students: the small networks that run in the vehicle, one family per file, built by `create_student`."""

from model_compression.students.create import STUDENTS, Student, create_student

__all__ = ["STUDENTS", "Student", "create_student"]
