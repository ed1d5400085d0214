"""Heights measured over time, one robust average a person, kept with the identity (thesis Sec. 8.3.2)."""

from dataclasses import dataclass

import numpy as np

SAMPLES = 40  # measurements kept of each person; once they are all of the best kind, the height is settled
FEWEST = 5  # measurements before a height counts as measured; single ones err by 5 %


@dataclass(frozen=True, eq=False)
class HeightSamples:
    """Measurements of N people.

    Attributes:
        heights: [m], (N, SAMPLES); NaN where there is none yet.
        weights: (N, SAMPLES); 0 where there is none.
    """

    heights: np.ndarray
    weights: np.ndarray

    def take(self, rows):
        """The samples of some people, in the order of the indices `rows`."""
        return HeightSamples(self.heights[rows], self.weights[rows])


def no_samples(people):
    """HeightSamples of people who were never measured."""
    return HeightSamples(np.full((people, SAMPLES), np.nan), np.zeros((people, SAMPLES)))


def concatenate(parts):
    """One HeightSamples of the rows of several."""
    return HeightSamples(np.concatenate([part.heights for part in parts]),
                         np.concatenate([part.weights for part in parts]))


def add_samples(samples, heights, weights):
    """The samples with one more measurement of each person, in place of the least of them.

    A measurement takes an empty place, or that of one that weighs less; so a full set of good ones never changes again,
    and a person does not grow.

    Args:
        samples: HeightSamples.
        heights: [m], (N,).
        weights: (N,), 0 for no measurement.
    """
    rows = np.arange(len(heights))
    least = samples.weights.argmin(1)
    better = weights > samples.weights[rows, least]
    new_heights, new_weights = samples.heights.copy(), samples.weights.copy()
    new_heights[rows[better], least[better]] = heights[better]
    new_weights[rows[better], least[better]] = weights[better]
    return HeightSamples(new_heights, new_weights)


def averaged_heights(samples):
    """Weighted median of each person's measurements [m], (N,); NaN for fewer than FEWEST."""
    if not samples.weights.any():  # no floor is known
        return np.full(len(samples.weights), np.nan)
    order, rows = np.argsort(samples.heights, axis=1), np.arange(len(samples.heights))  # NaN last
    heights = samples.heights[rows[:, None], order]
    summed = np.cumsum(samples.weights[rows[:, None], order], 1)
    half = summed[:, -1:] / 2
    below, above = (summed < half - 1e-9).sum(1), (summed < half + 1e-9).sum(1)
    last = np.maximum((samples.weights > 0).sum(1) - 1, 0)
    middle = (heights[rows, np.minimum(below, last)] + heights[rows, np.minimum(above, last)]) / 2
    return np.where((samples.weights > 0).sum(1) >= FEWEST, middle, np.nan)
