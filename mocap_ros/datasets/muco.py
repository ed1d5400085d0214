"""MuCo-3DHP (Sec. 3.2.2): one to four people put together from MPI-INF-3DHP's recordings, on the fly.

People of one composite come from different recordings of the same camera, so all their labels hold in that camera's
frame. The nearer person covers the farther by the chroma-key masks.
"""

import numpy as np

from mocap_ros.datasets.label_layout import outside_image
from mocap_ros.datasets.mpi_inf_3dhp_recordings import CAMERAS, CEILING, Masks, find_recordings
from mocap_ros.datasets.mpi_inf_3dhp_training import LABELLED, behind
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, Sample
from mocap_ros.datasets.studio_augmentation import augment_studio, lay_over
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, ROOT

MOST_PEOPLE = 4
COMPOSITES = 400_000  # of the thesis (Sec. 6.2.3)
SHRINK = 2  # the recordings are 2048 x 2048 px; a training view is a fraction of it
# The thesis takes one of the three cameras that look straight down.
VIEWS = tuple(camera for camera in CAMERAS if camera not in CEILING[1:])
BODY = 0.35  # m from the farthest joint within which a mask may still be the person: the rest is the studio's


class MucoSamples:
    """Samples of composites; sample n is the same in every run.

    A keypoint under a nearer person's mask is HIDDEN_BY_OTHER, under a nearer chair's HIDDEN_BY_OBJECT.

    Args:
        root: folder with S1/Seq1 and so on, masks included.
        photographs: sequence of Sample without people, for backgrounds and textures; None keeps the green screen.
        seed: of the composites.
        composites: how many there are.
        shrink: factor by which the images are made smaller.
        options: of find_recordings.

    Raises:
        ImageError: no camera has recordings with good person masks.
    """

    def __init__(self, root, photographs=None, seed=0, composites=COMPOSITES, shrink=SHRINK, cameras=VIEWS, **options):
        self.photographs, self.seed, self.composites, self.shrink = photographs, seed, composites, shrink
        usable = [each for each in find_recordings(root, cameras=cameras, **options)
                  if each.maskable.background and len(each.frames)]
        self.views = [[each for each in usable if each.camera == camera] for camera in cameras]
        self.views = [view for view in self.views if view]
        if not self.views:
            raise ImageError(f"{root}: no recording there whose background can be replaced")

    def __len__(self):
        return self.composites

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        generator = np.random.default_rng((self.seed, index % len(self)))
        view = self.views[int(generator.integers(len(self.views)))]
        people = int(generator.integers(1, min(MOST_PEOPLE, len(view)) + 1))
        chosen = [view[n] for n in generator.choice(len(view), people, replace=False)]
        rows = [int(generator.integers(len(each.frames))) for each in chosen]
        depth = [each.joints_camera[row, JOINTS.index(ROOT), 2] for each, row in zip(chosen, rows)]
        farthest_first = np.argsort(depth)[::-1]

        image, points, visibility, joints = None, [], [], []
        for number in farthest_first:
            one = self._person(chosen[number], rows[number], generator, alone=image is None)
            picture, masks, keypoints, states = one
            image = picture if image is None else lay_over(picture, image, masks.foreground)
            for n, farther in enumerate(points):
                covered = behind(farther, visibility[n], masks.foreground, HIDDEN_BY_OTHER)
                visibility[n] = behind(farther, covered, masks.chair, HIDDEN_BY_OBJECT)
            points.append(keypoints)
            visibility.append(behind(keypoints, states, masks.chair, HIDDEN_BY_OBJECT))
            joints.append(chosen[number].joints_camera[rows[number]])
        matrix = _shrunk_pixels(np.array(chosen[0].matrix), self.shrink)
        return Sample(image, np.stack(points), np.stack(visibility), np.stack(joints), matrix, labelled=LABELLED)

    def _person(self, recording, row, generator, alone):
        """Image, Masks, keypoints [px] and visibility of one person, at the composite's size."""
        image, masks = recording.read(row, shrink=self.shrink), recording.read_masks(row, self.shrink)
        points = (recording.keypoints_px[row] + 0.5) / self.shrink - 0.5
        focal = recording.matrix[0, 0] / self.shrink
        near = _near(points, focal / recording.joints_camera[row, JOINTS.index(ROOT), 2], image.shape)
        masks = Masks(*(each * near for each in masks[:3]), masks.chair)
        masks = masks._replace(foreground=np.maximum(masks.foreground, masks.chair))
        if self.photographs is not None:
            maskable = recording.maskable if alone else recording.maskable._replace(background=False)
            image = augment_studio(image, masks, maskable, self.photographs, generator)
        return image, masks, points, outside_image(points, recording.visibility[row], image.shape[1], image.shape[0])


def _near(points_px, pixels_per_metre, shape):
    """1 around the person, 0 where foreground can only be the studio's equipment, (H, W) float32."""
    points = points_px[np.isfinite(points_px).all(1)]
    margin = BODY * pixels_per_metre
    low, high = np.floor(points.min(0) - margin), np.ceil(points.max(0) + margin)
    near = np.zeros(shape[:2], np.float32)
    left, top, right, bottom = np.maximum(np.concatenate([low, high]), 0).astype(int)
    near[top:bottom + 1, left:right + 1] = 1
    return near


def _shrunk_pixels(matrix, shrink):
    """Intrinsics of an image made smaller by a factor."""
    matrix[:2] /= shrink
    matrix[:2, 2] += 0.5 / shrink - 0.5
    return matrix
