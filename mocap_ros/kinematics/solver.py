"""Levenberg-Marquardt on batched normal equations: everybody's least squares at once, each with its own damping."""

import numpy as np

FIRST_DAMPING = 1e-3
SMALLEST_DAMPING, LARGEST_DAMPING = 1e-7, 1e4
LARGEST_TURN = 1.0  # rad a step; further the linearisation means nothing
ENERGY_TOLERANCE = 1e-2  # share of the energy below which a decrease is not worth a step: it moves no joint 1 mm
ENERGY_FLOOR = 1e-8  # the same for perfect data: 0.02 mm a joint


def minimise(pose, evaluate, move, iterations):
    """Poses of least energy near `pose`.

    Args:
        pose: tuple of arrays with P rows.
        evaluate: pose to an object with energy (P,), and half its gradient (P, D) and hessian (P, D, D).
        move: (*pose, step (P, D)) to a pose.
        iterations: most steps that are tried.

    Returns:
        The pose and its evaluation. The energy of no row has grown.

    Source: Marquardt 1963; the reward and the punishment of the damping are ours.
    """
    current = evaluate(pose)
    people, dimension = current.gradient.shape
    damping = np.full(people, FIRST_DAMPING)
    done = np.zeros(people, bool)
    for _ in range(iterations):
        damped = current.hessian.copy()
        diagonal = damped.reshape(people, dimension * dimension)[:, ::dimension + 1]  # a view
        diagonal += damping[:, None] * diagonal + 1e-10
        step = np.linalg.solve(damped, -current.gradient[..., None])[..., 0]
        step *= np.minimum(1, LARGEST_TURN / np.maximum(np.abs(step[:, 3:]).max(1, initial=0), 1e-12))[:, None]
        trial = move(*pose, step)
        candidate = evaluate(trial)
        gain = current.energy - candidate.energy
        better = gain >= 0  # False for NaN
        done |= np.abs(gain) <= ENERGY_TOLERANCE * current.energy + ENERGY_FLOOR
        if better.all():
            pose, current = trial, candidate
        else:
            pose = tuple(_choose(better, new, old) for new, old in zip(trial, pose))
            current = type(current)(*(_choose(better, new, old) for new, old in zip(candidate, current)))
        damping = np.clip(np.where(better, damping * 0.1, damping * 10), SMALLEST_DAMPING, LARGEST_DAMPING)
        if done.all():
            break
    return pose, current


def _choose(rows, new, old):
    return np.where(rows.reshape(rows.shape + (1,) * (new.ndim - 1)), new, old)
