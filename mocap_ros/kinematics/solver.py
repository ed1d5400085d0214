"""Least squares of everybody at once: Levenberg-Marquardt on batched normal equations, or plain gradient descent."""

import numpy as np

FIRST_DAMPING = 1e-3
SMALLEST_DAMPING, LARGEST_DAMPING = 1e-7, 1e4
TRUSTED_DAMPING = 1e-2  # above it a step promises little because it is short
LARGEST_TURN = 1.0  # rad a step; further the linearisation means nothing
ENERGY_TOLERANCE = 1e-2  # share of the energy below which a decrease is not worth a step: it moves no joint 1 mm
ENERGY_FLOOR = 1e-8  # the same for perfect data: 0.02 mm a joint
GROWTH, SHRINKAGE = 1.5, 0.4  # of gradient descent's step length after a decrease and an increase


def minimise(pose, evaluate, move, iterations, tolerance=ENERGY_TOLERANCE):
    """Poses of least energy near `pose`, by Levenberg-Marquardt; each person has its own damping.

    A person is done where the next step promises less than `tolerance` of the energy; that step is not taken, since
    looking at its outcome costs more than it gains.

    Args:
        pose: tuple of arrays with P rows.
        evaluate: pose to an object with energy (P,), and half its gradient (P, D) and hessian (P, D, D).
        move: (*pose, step (P, D)) to a pose.
        iterations: most steps that are tried.
        tolerance: see above.

    Returns:
        The pose and its evaluation. The energy of no row has grown.

    Source: Marquardt 1963; the reward and the punishment of the damping are ours.
    """
    current = evaluate(pose)
    people, dimension = current.gradient.shape
    damping = np.full((people, 1), FIRST_DAMPING)
    done = np.zeros(people, bool)
    for _ in range(iterations):
        damped = current.hessian.copy()
        diagonal = damped.reshape(people, dimension * dimension)[:, ::dimension + 1]  # a view
        added = damping * diagonal + 1e-10
        diagonal += added
        step = np.linalg.solve(damped, -current.gradient[..., None])[..., 0]
        promised = (step * (added * step - current.gradient)).sum(-1)
        done |= (promised <= tolerance * current.energy + ENERGY_FLOOR) & (damping[:, 0] <= TRUSTED_DAMPING)
        if done.all():
            break
        step *= np.minimum(~done, LARGEST_TURN / np.maximum(np.abs(step[:, 3:]).max(1, initial=0), 1e-12))[:, None]
        pose, current, better, _ = _tried(pose, current, step, evaluate, move)
        damping = np.where(better[:, None], damping * 0.1, damping * 10)
        damping = np.minimum(np.maximum(damping, SMALLEST_DAMPING), LARGEST_DAMPING)
    return pose, current


def descend(pose, evaluate, move, iterations):
    """Poses of least energy near `pose`, by gradient descent with a step length for each person. As in minimise.

    The first length is that of a person's steepest parabola; it grows while the energy falls. Source: thesis Sec. 8.3.3
    names gradient descent with closed-form derivatives; the step length is ours.
    """
    current = evaluate(pose)
    people, dimension = current.gradient.shape
    diagonal = current.hessian.reshape(people, dimension * dimension)[:, ::dimension + 1]
    length = 1 / np.maximum(diagonal.max(1, initial=0), 1e-9)
    done = np.zeros(people, bool)
    for _ in range(iterations):
        step = -length[:, None] * current.gradient
        step *= np.minimum(~done, LARGEST_TURN / np.maximum(np.abs(step[:, 3:]).max(1, initial=0), 1e-12))[:, None]
        pose, current, better, gain = _tried(pose, current, step, evaluate, move)
        length = np.where(better, GROWTH * length, SHRINKAGE * length)
        done |= better & (gain <= 0.1 * ENERGY_TOLERANCE * current.energy + ENERGY_FLOOR)
        if done.all():
            break
    return pose, current


SOLVERS = {"levenberg_marquardt": minimise, "gradient_descent": descend}


def _tried(pose, current, step, evaluate, move):
    """Pose and evaluation after a step, taken only by rows whose energy does not grow; which these are; its fall."""
    trial = move(*pose, step)
    candidate = evaluate(trial)
    gain = current.energy - candidate.energy
    better = gain >= 0  # False for NaN
    if better.all():
        return trial, candidate, better, gain
    pose = tuple(_choose(better, new, old) for new, old in zip(trial, pose))
    return pose, type(current)(*(_choose(better, new, old) for new, old in zip(candidate, current))), better, gain


def _choose(rows, new, old):
    return np.where(rows.reshape(rows.shape + (1,) * (new.ndim - 1)), new, old)
