"""The edge between dbt and the library: what comes in from DuckDB, and the schemas of what goes out.

Lists travel as Arrow arrays. A pandas cell that holds a list with NULL is a masked array, and `np.stack`
silently makes 0.0 of what is masked; Arrow gives NaN.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]

VECTOR = pa.list_(pa.float64())
KEY = [pa.field("study", pa.string()), pa.field("model_version", pa.string())]

SCALING = pa.schema(
    [*KEY, *(pa.field(name, VECTOR) for name in ("fill", "lower", "upper", "lambdas", "mean", "scale"))]
)
KMEANS = pa.schema(
    [
        *KEY,
        pa.field("segments", pa.int32()),
        pa.field("inertia", pa.float64()),
        pa.field("is_elbow", pa.bool_()),
        pa.field("silhouette", pa.float64()),
        pa.field("null_silhouette", pa.float64()),
        pa.field("stability", pa.float64()),
        pa.field("smallest_share", pa.float64()),
        pa.field("calinski_harabasz", pa.float64()),
        pa.field("davies_bouldin", pa.float64()),
        pa.field("distance_p99", pa.float64()),
        pa.field("centres", pa.list_(VECTOR)),
        pa.field("profile_z", pa.list_(VECTOR)),
        pa.field("silhouettes", pa.list_(VECTOR)),
        pa.field("stability_min", pa.float64()),
        pa.field("gap", pa.float64()),
        pa.field("gap_deviation", pa.float64()),
        pa.field("stability_lower", pa.float64()),
        pa.field("stability_upper", pa.float64()),
        pa.field("stability_customers", pa.int32()),
        pa.field("bic_diagonal", pa.float64()),
        pa.field("bic_full", pa.float64()),
    ]
)
SENSITIVITY = pa.schema(
    [
        *KEY,
        pa.field("segments", pa.int32()),
        pa.field("sensitivity_rows", pa.int32()),
        pa.field("recipes", pa.list_(pa.string())),
        pa.field("silhouettes", VECTOR),
        pa.field("null_silhouettes", VECTOR),
        pa.field("stabilities", VECTOR),
        pa.field("agreements", VECTOR),
        pa.field("agreements_of_recipes", pa.list_(VECTOR)),
        pa.field("variables", pa.list_(pa.string())),
        pa.field("agreements_without", VECTOR),
    ]
)
ALGORITHMS = pa.schema(
    [
        *KEY,
        pa.field("segments", pa.int32()),
        pa.field("algorithm_rows", pa.int32()),
        pa.field("algorithm", pa.string()),
        pa.field("segments_found", pa.int32()),
        pa.field("noise_share", pa.float64()),
        pa.field("silhouette", pa.float64()),
        pa.field("calinski_harabasz", pa.float64()),
        pa.field("davies_bouldin", pa.float64()),
        pa.field("agreement", pa.float64()),
        pa.field("seconds", pa.float64()),
    ]
)
SCREENING = pa.schema(
    [
        *KEY,
        pa.field("position", pa.int32()),
        pa.field("feature", pa.string()),
        pa.field("missing_share", pa.float64()),
        pa.field("variance", pa.float64()),
        pa.field("largest_correlation", pa.float64()),
        pa.field("correlated_with", pa.string()),
        pa.field("vif", pa.float64()),
        pa.field("screening_max_vif", pa.float64()),
        pa.field("is_kept", pa.bool_()),
        pa.field("vif_kept", pa.float64()),
        pa.field("dropped_as", pa.int32()),
        pa.field("is_clustered", pa.bool_()),
    ]
)
CHECKS = pa.schema(
    [
        *KEY,
        pa.field("segments", pa.int32()),
        pa.field("as_of_date", pa.date32()),
        pa.field("customers", pa.int32()),
        pa.field("silhouette", pa.float64()),
        pa.field("null_silhouette", pa.float64()),
        pa.field("stability", pa.float64()),
        pa.field("stability_lower", pa.float64()),
        pa.field("smallest_share", pa.float64()),
        pa.field("agreement", pa.float64()),
    ]
)
COMPONENTS = pa.schema(
    [
        *KEY,
        pa.field("explained", VECTOR),
        pa.field("loadings", pa.list_(VECTOR)),
        pa.field("centre", VECTOR),
    ]
)


def new_versions(dbt: Any, relation: Any, settings: pa.Table, valid: str = "true") -> pa.Table:
    """The rows of the versions with the current settings that this dbt model has not fitted yet.

    `relation`: a DuckDB relation with study, model_version, settings_hash and customer_id. `settings`: study_settings;
    a version of other settings, left behind by a build that failed, waits until its settings are back.
    The order is fixed (study, version, md5 of the customer, customer) because K-Means depends on it and DuckDB
    promises none; by md5, so that the first rows of a version are a random sample of it.
    `valid`: a condition that the model's own rows of a version must meet, or the version counts as not fitted.
    """
    hashes = ", ".join(f"'{value}'" for value in settings["settings_hash"].to_pylist())
    relation = relation.filter(f"settings_hash in ({hashes})")
    if dbt.is_incremental:
        fitted = f"select (study, model_version) from {dbt.this} where {valid}"
        relation = relation.filter(f"(study, model_version) not in ({fitted})")
    customer = "cast(customer_id as varchar)"
    return relation.order(f"study, model_version, md5({customer}), {customer}").to_arrow_table()


def nothing_new(dbt: Any, session: Any) -> Any:
    """No row, as a relation on the dbt model's own table.

    DuckDB imports pandas before it reads an Arrow table, even an empty one, which costs more than all the rest of a
    model that has nothing to fit.
    """
    return session.sql(f"select * from {dbt.this} limit 0")


def as_relation(session: Any, rows: list[dict[str, Any]], types: dict[str, str]) -> Any:
    """A few rows of numbers and codes as a relation with these DuckDB types, without pandas (see `nothing_new`).

    The first column is a key: never None.
    """
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in types.items())
    # the row of nulls gives VALUES a row where there is no other
    values = [dict.fromkeys(types), *rows]
    lists = ", ".join(f"({', '.join(_literal(row[name]) for name in types)})" for row in values)
    key, names = next(iter(types)), ", ".join(types)
    return session.sql(f"select {columns} from (values {lists}) as found ({names}) where {key} is not null")


def _literal(value: str | int | bool | None) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def by_version(table: pa.Table, column: str) -> Iterator[tuple[str, str, Matrix]]:
    """Yields (study, model_version, matrix) of a list column: one row a customer, NULL elements as NaN.

    Raises ValueError where the rows of a version do not stand together, or their lists differ in length.
    """
    seen = set()
    starts = _starts(table)
    for start, stop in pairwise([*starts, table.num_rows]):
        key = (table["study"][start].as_py(), table["model_version"][start].as_py())
        if key in seen:
            raise ValueError(f"the rows of {key} do not stand together: sort by study and model_version")
        seen.add(key)
        yield *key, _matrix(table[column].slice(start, stop - start), key)


def _starts(table: pa.Table) -> list[int]:
    """The first row of each run of equal (study, model_version)."""
    if not table.num_rows:
        return []
    changes = np.zeros(table.num_rows - 1, dtype=bool)
    for name in ("study", "model_version"):
        values = table[name]
        changes |= pc.not_equal(values.slice(1), values.slice(0, len(values) - 1)).to_numpy()
    return [0, *(int(i) + 1 for i in np.flatnonzero(changes))]


def _matrix(lists: pa.ChunkedArray, key: tuple[str, str]) -> Matrix:
    """A column of lists as rows x positions in float64."""
    lengths = pc.unique(pc.fill_null(pc.list_value_length(lists), 0)).to_pylist()
    if len(lengths) != 1 or lengths[0] == 0:
        raise ValueError(f"the vectors of {key} have the lengths {sorted(lengths)}: one length above 0 is needed")
    values = lists.cast(VECTOR).combine_chunks().flatten()
    matrix: Matrix = values.to_numpy(zero_copy_only=False).astype(np.float64).reshape(len(lists), lengths[0])
    return matrix
