"""How far healthy joints turn (thesis Eq. 8.6).

Source: normal ranges of the American Academy of Orthopaedic Surgeons 1965, as tabulated with further studies by Norkin
and White, "Measurement of Joint Motion", 4th ed. 2009; the wider value where the two differ. The trunk's one joint
takes the thoracolumbar ranges, the head's one joint the cervical ranges. The shoulder's ranges are given there about
other axes than ours; the box below holds all of them: extension 60 is (abduction -51, flexion -38), horizontal
abduction 45 and adduction 135 are flexion -90 and +90, rotation -90 to 70 in the hanging arm is twist -90 to 70 and in
the arm held sideways twist -45 to 115.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES

_DEGREES = {
    "spine_flexion": (-25, 80), "spine_lateral": (-35, 35), "spine_twist": (-45, 45),
    "head_flexion": (-45, 45), "head_twist": (-80, 80),
    "shoulder_abduction": (-51, 180), "shoulder_flexion": (-90, 90), "shoulder_twist": (-90, 115),
    "elbow_flexion": (0, 150),
    "hip_flexion": (-30, 120), "hip_abduction": (-30, 45), "hip_twist": (-45, 45),
    "knee_flexion": (0, 150), "ankle_flexion": (-50, 20),
}
LIMITS = np.radians([_DEGREES.get(name, _DEGREES.get(name[2:])) for name in ANGLES])  # (23, 2) lowest, highest [rad]
LIMITS.setflags(write=False)
_LOWEST, _HIGHEST = np.ascontiguousarray(LIMITS.T)


def limit_excess(angles):
    """How far angles (..., 23) lie outside their limits [rad]: negative below, positive above, zero inside."""
    return angles - np.minimum(np.maximum(angles, _LOWEST), _HIGHEST)  # half as long as np.clip
