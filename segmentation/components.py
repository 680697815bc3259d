"""Principal components of the scaled training sample: two axes on which segments can be drawn."""

from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.arrow import COMPONENTS, Matrix, by_version
from segmentation.parallel import one_thread


def fit_components(vectors: pa.Table, count: int = 2) -> pa.Table:
    """One row of COMPONENTS for each version: `count` components of z (study, model_version, customer_id, z).

    explained: shares of the variance; loadings: count x d, unit length; centre: the mean of z, d numbers.
    Zeros stand for the components that z does not have, so that every customer has `count` coordinates.
    """
    rows: list[dict[str, Any]] = []
    for study, version, z in by_version(vectors, "z"):
        explained, loadings = principal_components(z, count)
        rows.append(
            {
                "study": study,
                "model_version": version,
                "explained": explained.tolist(),
                "loadings": loadings.tolist(),
                "centre": z.mean(axis=0).tolist(),
            }
        )
    return pa.Table.from_pylist(rows, schema=COMPONENTS)


def principal_components(z: Matrix, count: int) -> tuple[Matrix, Matrix]:
    """The shares of the variance (count) and loadings (count x d) of z (n x d).

    The sign of a component is free: it is chosen so that its largest loading is positive.
    """
    from sklearn.decomposition import PCA

    explained, loadings = np.zeros(count), np.zeros((count, z.shape[1]))
    one_thread()
    rank = min(count, int(np.linalg.matrix_rank(z - z.mean(axis=0))))
    if not rank:
        return explained, loadings
    pca = PCA(rank, svd_solver="full").fit(z)
    largest = np.abs(pca.components_).argmax(axis=1)
    signs = np.sign(pca.components_[np.arange(rank), largest])
    explained[:rank] = pca.explained_variance_ratio_
    loadings[:rank] = pca.components_ * signs[:, None]
    return explained, loadings
