"""MPI-INF-3DHP's training set (Sec. 3.2.1) as samples: one person, 14 cameras, new backgrounds, chairs and clothes."""

import numpy as np

from mocap_ros.datasets.label_layout import labelled_keypoints, outside_image
from mocap_ros.datasets.mpi_inf_3dhp_recordings import find_recordings
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, Sample
from mocap_ros.datasets.studio_augmentation import augment_studio
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import MPI_INF_3DHP_28

VARIANTS = 100  # of each frame, when photographs are given
LABELLED = labelled_keypoints(MPI_INF_3DHP_28)


class StudioSamples:
    """Samples of recordings, each frame in several variants; sample n is the same in every run.

    The set does not say what is seen: keypoints are UNKNOWN, those behind the chair HIDDEN_BY_OBJECT where the masks of
    the recording are at hand.

    Args:
        root: folder with S1/Seq1 and so on.
        photographs: sequence of Sample without people, for backgrounds and textures; None leaves the images as they are
            and needs no masks.
        seed: of the variants.
        options: of find_recordings.
    """

    def __init__(self, root, photographs=None, seed=0, **options):
        self.recordings = find_recordings(root, **options)
        self.photographs, self.seed = photographs, seed
        self.starts = np.cumsum([0] + [len(each.frames) for each in self.recordings])
        if not self.starts[-1]:
            raise ImageError(f"{root}: no labelled frame there")

    def __len__(self):
        return int(self.starts[-1]) * (1 if self.photographs is None else VARIANTS)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        index %= len(self)
        frame = index % int(self.starts[-1])
        number = int(np.searchsorted(self.starts, frame, side="right")) - 1
        recording, row = self.recordings[number], frame - int(self.starts[number])
        image, masks = recording.read(row), None
        if self.photographs is not None:
            masks = recording.read_masks(row)
            generator = np.random.default_rng((self.seed, index))
            image = augment_studio(image, masks, recording.maskable, self.photographs, generator)
        points = recording.keypoints_px[row]
        visibility = outside_image(points, recording.visibility[row], image.shape[1], image.shape[0])
        if masks is not None:
            visibility = behind(points, visibility, masks.chair, HIDDEN_BY_OBJECT)
        return Sample(image, points[None], visibility[None], recording.joints_camera[row][None], recording.matrix,
                      labelled=LABELLED)


def behind(points_px, visibility, mask, code):
    """`visibility` with `code` for points on the image at which `mask`, (H, W) 0 to 1, is above a half."""
    inside = visibility != OUTSIDE
    columns, rows = np.rint(np.where(inside[:, None], points_px, 0)).astype(int).T
    height, width = mask.shape
    covered = mask[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)] > 0.5
    return np.where(inside & covered, code, visibility).astype(np.uint8)
