"""Independent tasks on a few threads, each of which computes as if it were alone.

Sums of OpenMP and BLAS depend on their number of threads, so both are limited to one. What runs at the same
time are whole tasks, each with its own seed; scikit-learn gives the interpreter free while it computes.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def one_thread(api: str | None = None) -> Any:
    """A context in which OpenMP and BLAS (or the one that is named: openmp, blas) use one thread."""
    # First, because only libraries that are loaded can be limited, and this one brings its own OpenMP.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

    return threadpool_limits(1, api)


def run(tasks: Sequence[Callable[[], Result]], workers: int | None = None) -> list[Result]:
    """The results in the order of the tasks, whatever the number of workers (default: cores, at most 4)."""
    workers = workers or min(os.cpu_count() or 1, 4)
    # OpenMP counts threads for each calling thread: its limit is set in every worker as well.
    with one_thread(), ThreadPoolExecutor(workers, initializer=one_thread, initargs=("openmp",)) as pool:
        return list(pool.map(lambda task: task(), tasks))
