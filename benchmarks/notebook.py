"""The baseline: how an analyst would segment card customers in a notebook, with pandas and scikit-learn.

`python benchmarks/notebook.py CARD_USAGE.parquet FOLDER`. The cells do what the study card_usage does: its
recipe (robust), every k, silhouettes, two components, profiles, the segment of every customer.
"""

# %% imports
import json
import sys
import time
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.metrics import silhouette_score  # noqa: E402
from sklearn.preprocessing import PowerTransformer  # noqa: E402

SEGMENTS = 4
SEED = 42
extract, folder = Path(sys.argv[1]), Path(sys.argv[2])
clock = {"start and imports": time.perf_counter() - START}


def done(step: str) -> None:
    """Note the seconds since the step before."""
    clock[step] = time.perf_counter() - START - sum(clock.values())


# %% the extract
customers = pd.read_parquet(extract)
features = customers.drop(columns=["CUST_ID", "AS_OF_DATE"]).astype("float64")
done("read")

# %% the recipe: median fill, clip at the 1st and 99th percentile, Yeo-Johnson, z-score
filled = features.fillna(features.median())
clipped = filled.clip(filled.quantile(0.01), filled.quantile(0.99), axis=1)
z = PowerTransformer(method="yeo-johnson", standardize=True).fit_transform(clipped.to_numpy())
done("recipe")

# %% K-Means for k = 1 .. 10
fits = {k: KMeans(n_clusters=k, n_init=10, random_state=SEED).fit(z) for k in range(1, 11)}
done("K-Means")

# %% silhouettes on a sample
sample = np.random.default_rng(SEED).choice(len(z), size=min(10_000, len(z)), replace=False)
silhouettes = {k: silhouette_score(z[sample], fits[k].labels_[sample]) for k in range(2, 11)}
curve = pd.DataFrame({"inertia": {k: fit.inertia_ for k, fit in fits.items()}, "silhouette": silhouettes}).rename_axis(
    "k"
)
done("silhouettes")

# %% two components, to draw the segments
coordinates = PCA(n_components=2).fit_transform(z)
done("PCA")

# %% profiles
segment = fits[SEGMENTS].labels_ + 1
profiles = features.groupby(segment).agg(["mean", "median"])
profiles.insert(0, ("customers", "count"), np.bincount(segment)[1:])
done("profiles")

# %% what is kept
folder.mkdir(parents=True, exist_ok=True)
customers[["CUST_ID", "AS_OF_DATE"]].assign(segment=segment, x=coordinates[:, 0], y=coordinates[:, 1]).to_parquet(
    folder / "assignments.parquet", index=False
)
curve.to_csv(folder / "k.csv")
profiles.to_csv(folder / "profiles.csv")
done("write")
(folder / "steps.json").write_text(json.dumps(clock), encoding="utf-8")
