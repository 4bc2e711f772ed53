"""Imports each module named, and prints those that cannot be, with the reason; exit code 1 if there is one.

compiled_imports.py MODULE ...
"""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    failed = False
    for name in sys.argv[1:]:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            failed = True
            sys.stdout.write(f"{name}: {' '.join(str(error).split())[:200]}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
