"""Independent tasks on a few threads, each of which computes as if it were alone.

Sums of OpenMP and BLAS depend on their number of threads, so both are limited to one. What runs at the same
time are whole tasks, each with its own seed; scikit-learn gives the interpreter free while it computes.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def one_thread() -> None:
    """From now on OpenMP (of the calling thread) and BLAS (of the process) use one thread.

    For good, not for a while: dbt runs models side by side, and the end of one limit would lift that of another.
    """
    # First, because only libraries that are loaded can be limited, and this one brings its own OpenMP.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

    threadpool_limits(1)


def run(tasks: Sequence[Callable[[], Result]], workers: int | None = None) -> list[Result]:
    """The results in the order of the tasks, whatever the number of workers (default: cores, at most 4)."""
    workers = workers or min(os.cpu_count() or 1, 4)
    with ThreadPoolExecutor(workers, initializer=one_thread) as pool:
        return list(pool.map(lambda task: task(), tasks))
