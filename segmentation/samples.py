"""The samples on which other recipes and other algorithms are tried: customers of the models in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentation.arrow import Labels, Matrix, by_version


@dataclass(frozen=True)
class Sample:
    """n customers of a version, in a random order, with their segments in force."""

    study: str
    version: str
    segments: int
    """The number of segments in force."""
    x: Matrix
    """n x d, unscaled, NaN where a value is missing."""
    z: Matrix
    """n x d, scaled by the study's recipe."""
    labels: Labels
    """n positions of segments in force, from 0."""


def new_samples(dbt: Any, relation: Any, settings: pa.Table, rows: str) -> pa.Table:
    """At most `rows` customers of each model in force that this dbt model has not measured yet.

    `relation`: training_segments. `rows`: the column of `settings` (and of the dbt model) with that number; one
    measured with another number is measured again. The customers with the smallest md5, in this order.
    """
    count = settings[rows][0].as_py()
    if dbt.is_incremental:
        measured = f"select (study, model_version, segments) from {dbt.this} where {rows} = {count}"
        relation = relation.filter(f"(study, model_version, segments) not in ({measured})")
    place = "row_number() over (partition by study order by md5(customer_id), customer_id) as place"
    columns = "study, model_version, segments, features, z, position"
    query = f"select {columns} from (select *, {place} from samples) where place <= {count} order by study, place"
    return relation.query("samples", query).to_arrow_table()


def read_samples(table: pa.Table) -> Iterator[Sample]:
    """The samples of `new_samples`, study by study."""
    matrices = zip(by_version(table, "features"), by_version(table, "z"), strict=True)
    for (study, version, x), (_, _, z) in matrices:
        own = table.filter(pc.equal(table["study"], study))
        labels = own["position"].to_numpy().astype(np.int32) - 1
        yield Sample(study, version, own["segments"][0].as_py(), x, z, labels)
