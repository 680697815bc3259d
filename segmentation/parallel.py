"""Independent tasks on a few threads, each of which computes as if it were alone.

Sums of OpenMP and BLAS depend on the number of threads, so both are limited to one; what runs at the same time are
whole tasks (scikit-learn releases the interpreter's lock in K-Means), each with its own seed.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def run(tasks: Sequence[Callable[[], Result]], workers: int | None = None) -> list[Result]:
    """The results in the order of the tasks; the same for every number of workers (default: the cores, at most 4)."""
    from threadpoolctl import threadpool_limits

    workers = workers or min(os.cpu_count() or 1, 4)
    with (
        threadpool_limits(1),
        # OpenMP counts its threads for each thread that calls it: the limit has to be set in every worker as well.
        ThreadPoolExecutor(workers, initializer=threadpool_limits, initargs=(1, "openmp")) as pool,
    ):
        return list(pool.map(lambda task: task(), tasks))
