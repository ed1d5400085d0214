"""The data sets by name: what opens each as training samples, and what it teaches."""

from collections.abc import Callable
from typing import NamedTuple

from mocap_ros.datasets import coco, human36m, lsp, mpii, mupots, panoptic, threedpw
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import labelled_keypoints
from mocap_ros.datasets.mpi_inf_3dhp_training import StudioSamples
from mocap_ros.datasets.muco import MucoSamples
from mocap_ros.datasets.synthetic import SyntheticShards
from mocap_ros.datatypes.errors import ConfigError

TWO, THREE, NOTHING = "2D", "2D and 3D", "nothing: a test set"


class DataSet(NamedTuple):
    """A data set that can be opened by name.

    Attributes:
        title: what it is called.
        teaches: TWO, THREE or NOTHING.
        open: function of a folder and of photographs without people (or None), which gives a sequence of Sample.
    """

    title: str
    teaches: str
    open: Callable


DATA_SETS = {
    "coco": DataSet("COCO 2017 person keypoints", TWO, lambda root, _: coco.training_samples(root)),
    "mpii": DataSet("MPII Human Pose", TWO, lambda root, _: mpii.training_samples(root)),
    "lsp": DataSet("Leeds Sports Poses", TWO, lambda root, _: lsp.training_samples(root)),
    "lsp_extended": DataSet("Leeds Sports Poses extended", TWO, lambda root, _: lsp.extended_training_samples(root)),
    "mpi_inf_3dhp": DataSet("MPI-INF-3DHP", THREE, StudioSamples),
    "muco": DataSet("MuCo-3DHP, composed from MPI-INF-3DHP", THREE, MucoSamples),
    "human36m": DataSet("Human3.6M", THREE, lambda root, _: human36m.training_samples(root)),
    "panoptic": DataSet("CMU Panoptic", TWO, lambda root, _: panoptic.training_samples(root)),
    "threedpw": DataSet("3DPW", TWO, lambda root, _: threedpw.training_samples(root)),
    "mupots": DataSet("MuPoTS-3D", NOTHING, lambda root, _: FrameSamples(
        mupots.evaluation_sequences(root), labelled_keypoints(mupots.POINTS))),
    "synthetic": DataSet("shards of `mocap synth render`", THREE, lambda root, _: SyntheticShards(root)),
}


def open_data_set(name, root, photographs=None):
    """The training samples of a data set below `root`.

    Args:
        name: of DATA_SETS.
        root: its folder.
        photographs: sequence of Sample without people, for the sets with masks; None leaves their images as they are.

    Raises:
        ConfigError: an unknown name.
        ImageError: a file is missing; the message says which and where it comes from.
    """
    if name not in DATA_SETS:
        raise ConfigError(f"no data set '{name}'. Available: {', '.join(DATA_SETS)}")
    return DATA_SETS[name].open(root, photographs)
