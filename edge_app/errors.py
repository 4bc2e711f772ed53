"""The one kind of error that reaches a user: a single sentence saying what is wrong, where, and what to do."""

from __future__ import annotations


class UserError(Exception):
    """Shown as it is on one line; the command then exits with code 2."""
