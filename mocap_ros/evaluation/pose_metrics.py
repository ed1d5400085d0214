"""What is said of a set of 3D joint errors: 3DPCK, AUC, MPJPE (thesis Sec. 3.3.1).

Errors are distances [m] with the shape (N, J): a row for each annotated person, a column for each joint. Infinity is a
joint of a person whom nobody predicted (wrong at every threshold), NaN a joint that was not annotated (not counted).
"""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS

PCK_THRESHOLD = 0.15  # m, about half a head (Sec. 3.3.1)
AUC_THRESHOLDS = np.linspace(0, 0.15, 31)  # m, steps of 5 mm
MPJPE_JOINTS = JOINTS[:17]  # the published scripts of MPI-INF-3DHP average distances over 17 joints, 3DPCK over 14
# The joint types of the thesis's tables, paired by symmetry (Sec. 3.3.1).
JOINT_GROUPS = {
    "Head": ("head_top",), "Neck": ("neck",), "Shoulder": ("r_shoulder", "l_shoulder"),
    "Elbow": ("r_elbow", "l_elbow"), "Wrist": ("r_wrist", "l_wrist"), "Hip": ("r_hip", "l_hip"),
    "Knee": ("r_knee", "l_knee"), "Ankle": ("r_ankle", "l_ankle"),
}


def correct_share(errors):
    """Share of the counted joints closer than 150 mm (3DPCK), 0 to 1; NaN of nothing.

    Source: thesis Sec. 3.3.1, after Tompson et al. 2014 and Toshev et al. 2014 in 2D.
    """
    counted = errors[~np.isnan(errors)]
    return float((counted < PCK_THRESHOLD).mean()) if counted.size else float("nan")


def correct_curve(errors, thresholds=AUC_THRESHOLDS):
    """Share of the counted joints closer than each of `thresholds` [m], (T,); NaN of nothing."""
    counted = np.sort(errors[~np.isnan(errors)])
    if not counted.size:
        return np.full(len(thresholds), np.nan)
    return np.searchsorted(counted, thresholds, side="left") / counted.size


def area_under_curve(errors):
    """Mean of 3DPCK over thresholds from 0 to 150 mm in steps of 5 mm, both ends included, 0 to 1 (AUC).

    Source: thesis Sec. 3.3.1; the 31 thresholds are those of the set's published script.
    """
    return float(correct_curve(errors).mean())


def mean_error(errors):
    """Mean distance of the joints of predicted people [m] (MPJPE); NaN where there are none.

    People whom nobody predicted have no distance, so this is always over matched people. Source: Ionescu et al. 2014.
    """
    known = errors[np.isfinite(errors)]
    return float(known.mean()) if known.size else float("nan")


def columns_of(names):
    """Indices in JOINTS of some joint names."""
    return [JOINTS.index(name) for name in names]
