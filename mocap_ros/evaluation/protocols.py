"""How each data set is scored: which joints, compared how, matched how."""

from dataclasses import dataclass

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS
from mocap_ros.evaluation.pose_metrics import MPJPE_JOINTS

# What is done to a prediction before it is compared, both root-relative:
UNIVERSAL = "universal"  # both are scaled to the universal skeleton, knee to neck 930 mm
BONE_LENGTHS = "bone lengths"  # the prediction takes each bone length of the annotated, universal skeleton
SIZE = "size"  # the prediction is scaled to the annotated person's own knee to neck: one image cannot tell it
NO_POSE = ""  # the set has no 3D

AGREEMENT, MUPOTS = "agreement", "mupots"
NO_HEAD_SIZE, PCKH, PCK_TORSO = "", "PCKh", "PCK"


@dataclass(frozen=True)
class Protocol:
    """A data set's way of scoring.

    Attributes:
        title: the set's name for people.
        pose: UNIVERSAL, BONE_LENGTHS, SIZE or NO_POSE.
        matching: AGREEMENT or MUPOTS, see matching.py.
        joints: names of JOINTS of which 3DPCK and AUC are taken.
        error_joints: names of JOINTS of which MPJPE is taken.
        keypoints: PCKH, PCK_TORSO, or NO_HEAD_SIZE.
        everybody: whether all people in the images are annotated or marked, so that AP and false people can be counted.
    """

    title: str
    pose: str
    matching: str = AGREEMENT
    joints: tuple = EVALUATION_JOINTS
    error_joints: tuple = MPJPE_JOINTS
    keypoints: str = NO_HEAD_SIZE
    everybody: bool = False


PROTOCOLS = {
    "mpi_inf_3dhp": Protocol("MPI-INF-3DHP test set", UNIVERSAL),
    "mupots": Protocol("MuPoTS-3D", BONE_LENGTHS, MUPOTS),
    "human36m": Protocol("Human3.6M, subjects 9 and 11", SIZE),
    "panoptic": Protocol("CMU Panoptic", SIZE),
    "threedpw": Protocol("3DPW", SIZE),
    "coco": Protocol("COCO val2017", NO_POSE, everybody=True),
    "mpii": Protocol("MPII, validation", NO_POSE, keypoints=PCKH),
    "lsp": Protocol("LSP, test", NO_POSE, keypoints=PCK_TORSO),
    "synthetic": Protocol("generated people", UNIVERSAL, everybody=True),
    "clips": Protocol("generated videos", UNIVERSAL, everybody=True),
}


def protocol_of(name):
    """The Protocol of a data set.

    Raises:
        ConfigError: an unknown name.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"no data set '{name}'. Available: {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]
