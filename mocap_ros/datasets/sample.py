"""One labelled image: the format that every data set reader fills and the training reads."""

from dataclasses import dataclass, field

import numpy as np

from mocap_ros.datatypes.errors import ImageError, SkeletonError
from mocap_ros.datatypes.skeleton import ANGLES, J, K

# Visibility of a keypoint, by cause. Above OUTSIDE the position is known, also where the keypoint is hidden.
OUTSIDE = 0  # outside the image, or not labelled
HIDDEN_BY_OTHER = 1  # behind another person
HIDDEN_BY_OBJECT = 2
HIDDEN_BY_SELF = 3  # behind the person's own body
SEEN = 4
UNKNOWN = 5  # labelled, but nobody said whether it is seen


def _no_mask():
    return np.zeros((0, 0), bool)


def _all_keypoints():
    return np.ones(K, bool)


def _no_owners():
    return np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, eq=False)
class Sample:
    """An image with its labelled people, P of them (0 where it shows nobody).

    Attributes:
        image: (H, W, 3) uint8, BGR.
        keypoints_px: KEYPOINTS order, pixel (0, 0) at the centre of the top-left pixel [px], (P, K, 2) float32.
        visibility: OUTSIDE to UNKNOWN, (P, K) uint8.
        joints_camera: JOINTS order, camera optical frame [m], (P, J, 3) float32; NaN where unknown.
        camera_matrix: K [px], (3, 3); NaN where unknown.
        ignore: True where people may stand that have no labels, (H, W) bool; (0, 0) where there are none.
        labelled: KEYPOINTS that the data set labels at all, (K,) bool. Of the others nothing can be learned, not even
            where they are not.
        owners: whom each pixel shows, (H, W) uint8: 0 nobody, n + 1 person n; (0, 0) where unknown.
        root_rotations: camera_from_body, (P, 3, 3) float32; None or NaN where unknown.
        angles: of the 29 degree-of-freedom chain, ANGLES order [rad], (P, 23) float32; None or NaN where unknown.

    Raises:
        ImageError: an image that is not (H, W, 3) uint8, or a mask of another size or of people that are not there.
        SkeletonError: labels whose shapes do not agree.
    """

    image: np.ndarray
    keypoints_px: np.ndarray
    visibility: np.ndarray
    joints_camera: np.ndarray
    camera_matrix: np.ndarray
    ignore: np.ndarray = field(default_factory=_no_mask)
    labelled: np.ndarray = field(default_factory=_all_keypoints)
    owners: np.ndarray = field(default_factory=_no_owners)
    root_rotations: np.ndarray = None
    angles: np.ndarray = None

    def __post_init__(self):
        people = len(self.keypoints_px)
        wanted = {
            "keypoints_px": ((people, K, 2), np.float32), "visibility": ((people, K), np.uint8),
            "joints_camera": ((people, J, 3), np.float32), "camera_matrix": ((3, 3), np.float64),
            "labelled": ((K,), bool), "root_rotations": ((people, 3, 3), np.float32),
            "angles": ((people, len(ANGLES)), np.float32),
        }
        for name, (shape, kind) in wanted.items():
            value = getattr(self, name)
            array = np.full(shape, np.nan, kind) if value is None else np.array(value, kind)
            if array.shape != shape:
                raise SkeletonError(f"{name} of shape {array.shape}: wanted {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ImageError(f"image of shape {self.image.shape} and {self.image.dtype}: wanted (H, W, 3) uint8")
        if self.ignore.shape not in ((0, 0), self.image.shape[:2]):
            raise ImageError(f"ignore mask of shape {self.ignore.shape}: wanted {self.image.shape[:2]} or (0, 0)")

        if self.owners.shape not in ((0, 0), self.image.shape[:2]) or self.owners.dtype != np.uint8:
            raise ImageError(f"owners of shape {self.owners.shape} and {self.owners.dtype}: "
                             f"wanted {self.image.shape[:2]} uint8 or (0, 0)")
        if self.owners.size and self.owners.max() > people:
            raise ImageError(f"owners name person {self.owners.max()} of {people}")

    def __len__(self):
        return len(self.keypoints_px)

    @property
    def shown_px(self):
        """keypoints_px with NaN for those that are OUTSIDE, (P, K, 2) float32."""
        return np.where((self.visibility > OUTSIDE)[..., None], self.keypoints_px, np.float32(np.nan))

    @property
    def masks(self):
        """True where each person is seen, (P, H, W) bool; (P, 0, 0) where unknown."""
        return self.owners == np.arange(1, len(self) + 1)[:, None, None]


def unlabelled(image):
    """A Sample of an image that shows nobody, such as a background photograph."""
    return Sample(
        image, np.zeros((0, K, 2)), np.zeros((0, K)), np.zeros((0, J, 3)), np.full((3, 3), np.nan)
    )
