"""Joint orders of other detectors, by name."""

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import COCO_17, KEYPOINTS

NOT_USED = "-"  # stands for a joint that this program has no keypoint for
JOINT_SETS = {"coco_17": COCO_17, "rep155_18": KEYPOINTS[:18], "mocap_20": KEYPOINTS}


def joint_order(given):
    """Tuple of keypoint names in a detector's order.

    Args:
        given: the name of one of JOINT_SETS, names separated by commas, or a list of names; each one of KEYPOINTS, or
            "-" for a joint that is left out.

    Raises:
        SkeletonError: a name that is unknown or comes twice, or no joint at all.
    """
    if isinstance(given, str):
        if given in JOINT_SETS:
            return JOINT_SETS[given]
        given = [name.strip() for name in given.split(",")]
    if not isinstance(given, (list, tuple)) or not all(isinstance(name, str) for name in given):
        raise SkeletonError(f"joint names {given!r}: wanted one of {', '.join(JOINT_SETS)}, or a list of names")
    unknown = [name for name in given if name not in KEYPOINTS and name != NOT_USED]
    if unknown:
        raise SkeletonError(f"joint name '{unknown[0]}': wanted one of {', '.join(JOINT_SETS)} for all, or of "
                            f"{', '.join(KEYPOINTS)}, or '{NOT_USED}' for a joint that is left out")
    used = [name for name in given if name != NOT_USED]
    twice = sorted({name for name in used if used.count(name) > 1})
    if twice:
        raise SkeletonError(f"joint name '{twice[0]}' comes twice")
    if not used:
        raise SkeletonError("joint names: none of them is used")
    return tuple(given)
