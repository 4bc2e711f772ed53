"""A broker's address that comes and goes, in its own process: `python -m benchmarks.no_loss.flapping PORT UP DOWN`.

Apart from the vehicle's process, whose frames it must not disturb by itself. DOWN 0 means that it stays. Prints its
port; ends with its standard input.
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence

from benchmarks.machine import PROJECT
from benchmarks.no_loss.proxy import proxy_to


@contextlib.contextmanager
def flapping_address(upstream: int, up_s: float, down_s: float) -> Iterator[int]:
    """The port to connect to."""
    words = [str(upstream), str(up_s), str(down_s)]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.no_loss.flapping", *words],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def main(arguments: Sequence[str]) -> None:
    upstream, up_s, down_s = int(arguments[0]), float(arguments[1]), float(arguments[2])
    with proxy_to(upstream) as proxy:
        print(proxy.port, flush=True)
        while not _ended(up_s):
            if down_s > 0:
                proxy.shut()
                ended = _ended(down_s)
                proxy.open()
                if ended:
                    return


def _ended(wait_s: float) -> bool:
    return bool(select.select([sys.stdin], [], [], wait_s)[0])


if __name__ == "__main__":
    main(sys.argv[1:])
