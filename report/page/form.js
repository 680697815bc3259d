"use strict";
// Where a customer belongs: the arithmetic of macros/dialect/lists.sql, on the model that the page holds.
const segmentation = {
  // fill, then clip
  prepare: (value, feature) =>
    Math.max(feature.lower ?? -Infinity, Math.min(feature.upper ?? Infinity, value ?? feature.fill)),

  // Yeo and Johnson's transform where the feature has a lambda
  transform(x, lambda) {
    if (lambda === null) return x;
    if (x >= 0) return Math.abs(lambda) < 1e-12 ? Math.log1p(x) : Math.expm1(lambda * Math.log1p(x)) / lambda;
    return Math.abs(lambda - 2) < 1e-12 ? -Math.log1p(-x) : -Math.expm1((2 - lambda) * Math.log1p(-x)) / (2 - lambda);
  },

  // z-scores; 0 for a feature that the model leaves out
  scale: (model, values) =>
    model.features.map((feature, i) =>
      feature.scale === null
        ? 0
        : (segmentation.transform(segmentation.prepare(values[i], feature), feature.lambda) - feature.mean) / feature.scale),

  // the segments, nearest first, and how much each feature pulls toward the nearest and away from the second
  place(model, values) {
    const z = segmentation.scale(model, values);
    const squares = model.centres.map((centre) =>
      centre.map((c, i) => (model.features[i].scale === null ? 0 : (z[i] - c) ** 2)));
    const ranked = squares
      .map((parts, i) => ({ ...model.personas[i], parts, distance: Math.sqrt(parts.reduce((a, b) => a + b, 0)) }))
      .sort((a, b) => a.distance - b.distance); // of equal ones the first centre comes first
    const [first, second] = ranked;
    const pulls = model.features
      .map((feature, i) => ({ label: feature.label, pull: second ? second.parts[i] - first.parts[i] : 0 }))
      .filter((feature) => feature.pull > 0)
      .sort((a, b) => b.pull - a.pull);
    const margin = second && second.distance > 0 ? 1 - first.distance / second.distance : null;
    return { ranked, pulls, margin, outlier: first.distance > model.outlier + 1e-9 };
  },
};
