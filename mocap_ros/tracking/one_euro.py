"""The one-euro filter over whole arrays, one state a row (Casiez, Roussel, Vogel 2012; thesis Sec. 8.2.1, 8.3.3)."""

from dataclasses import dataclass

import numpy as np

DERIVATIVE_CUTOFF = 1.0  # Hz, Casiez et al. 2012, Sec. "tuning"


@dataclass(frozen=True, eq=False)
class OneEuroState:
    """What the filter remembers of P rows of values of any trailing shape.

    Attributes:
        value: last filtered values, (P, ...); NaN where nothing was seen yet.
        rate: last filtered rate of change [1/s], (P, ...).
        time: when each value was last seen [s], (P, ...); NaN before.
    """

    value: np.ndarray
    rate: np.ndarray
    time: np.ndarray

    def take(self, rows):
        """The state of some rows, in the order of `rows` (indices or a mask)."""
        return OneEuroState(self.value[rows], self.rate[rows], self.time[rows])


def fresh_state(shape):
    """State of a filter that has seen nothing of values of `shape`, (P, ...)."""
    return OneEuroState(np.full(shape, np.nan), np.zeros(shape), np.full(shape, np.nan))


def concatenate(states):
    """One state of the rows of several, in order."""
    return OneEuroState(*(np.concatenate([getattr(s, name) for s in states]) for name in ("value", "rate", "time")))


def one_euro(state, values, time, minimum_cutoff, beta):
    """Values with their jitter removed: strongly at rest, little when they move fast.

    A NaN value stays NaN and leaves the memory of that entry as it was; the next value seen is filtered over the whole
    time since. Where time stands still or runs back, the memory of the entry is dropped and it starts anew.

    Args:
        state: OneEuroState of the same shape.
        values: (P, ...).
        time: of these values [s], one number or (P,).
        minimum_cutoff: cutoff at rest [Hz].
        beta: growth of the cutoff with the rate of change [Hz per unit/s].

    Returns:
        Filtered values (P, ...) and the next OneEuroState.
    """
    values = np.asarray(values, float)
    if np.ndim(time):
        time = np.reshape(time, np.shape(time) + (1,) * (values.ndim - np.ndim(time)))
    seen = np.isfinite(values)
    elapsed = time - state.time
    known = seen & (elapsed > 0)  # False where nothing is remembered: NaN compares false
    elapsed = np.where(known, elapsed, 1.0)
    change = np.where(known, values - state.value, 0.0) / elapsed
    rate = np.where(known, _smoothed(change, state.rate, DERIVATIVE_CUTOFF, elapsed), 0.0)
    filtered = _smoothed(values, state.value, minimum_cutoff + beta * np.abs(rate), elapsed)
    filtered = np.where(known, filtered, values)
    remembered = OneEuroState(
        np.where(seen, filtered, state.value), np.where(seen, rate, state.rate), np.where(seen, time, state.time)
    )
    return filtered, remembered


def _smoothed(new, old, cutoff, elapsed):
    """Exponential smoothing at `cutoff` [Hz] over `elapsed` [s]."""
    weight = 1 / (1 + 1 / (2 * np.pi * cutoff * elapsed))
    return weight * new + (1 - weight) * old
