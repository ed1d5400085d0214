"""The picture for people to look at: skeletons and ids on the image, and a small 3D view in the corner."""

import colorsys
import zlib

import cv2
import numpy as np

from mocap_ros.datatypes.person import OCCLUDED
from mocap_ros.datatypes.skeleton import LIMB_INDICES, PARENT_INDICES

TREE_LIMBS = LIMB_INDICES[:19]  # the redundant last four would only clutter
BONE_ENDS = np.array([[parent, child] for child, parent in enumerate(PARENT_INDICES) if parent >= 0])  # (20, 2)
PANEL_SHARE = 0.36  # of the image's shorter side
PANEL_SHADE = 0.35  # of the image's own brightness that stays behind the panel
VIEW_TILT = np.radians(25)  # the 3D view looks down by this much
VIEW_TURN = np.radians(30)  # and stands this much to the right
SPANS = (3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0)  # m across the 3D view; the first that holds everybody
SHIFT = 3  # bits below the pixel that OpenCV draws with


def colour_of(person_id):
    """A colour that is always the same for one id, BGR 0 to 255."""
    hue = zlib.crc32(person_id.encode()) % 360 / 360
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.75, 1.0)
    return int(255 * blue), int(255 * green), int(255 * red)


def draw_people(image, frame):
    """A copy of the image with everybody's skeleton and id drawn, and the 3D view in the lower right corner.

    Args:
        image: (H, W, 3) uint8 BGR.
        frame: PeopleFrame of the image.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    drawn = np.array(image)
    thickness = max(1, round(min(drawn.shape[:2]) / 240))
    for person in frame.people:
        draw_skeleton(drawn, person, thickness)
    for person in frame.people:
        draw_label(drawn, person, thickness)
    draw_view(drawn, frame.people, thickness)
    return drawn


def draw_skeleton(image, person, thickness):
    """Draws a person's limbs and keypoints into `image`, thin where the person is occluded."""
    colour = colour_of(person.id)
    seen = (person.keypoint_confidence > 0) & np.isfinite(person.keypoints_px).all(-1)
    points = np.where(seen[:, None], person.keypoints_px, 0)
    points = np.clip(points, -1e4, 1e4)  # far outside the image OpenCV's integers would overflow
    fixed = np.round(points * 2 ** SHIFT).astype(np.int32)  # (K, 2)
    limbs = TREE_LIMBS[seen[TREE_LIMBS].all(-1)]
    if person.state == OCCLUDED:
        thickness = 1
    cv2.polylines(image, list(fixed[limbs]), False, colour, thickness, cv2.LINE_AA, SHIFT)
    for x, y in fixed[seen].tolist():
        cv2.circle(image, (x, y), (thickness + 1) * 2 ** SHIFT, colour, -1, cv2.LINE_AA, SHIFT)


def draw_label(image, person, thickness):
    """Writes the id and the distance from the camera [m] over the person's head."""
    seen = (person.keypoint_confidence > 0) & np.isfinite(person.keypoints_px).all(-1)
    if not seen.any():
        return
    x, y = person.keypoints_px[seen].min(axis=0)
    text = f"{person.id} {np.linalg.norm(person.root_position):.1f} m"
    scale = max(0.4, min(image.shape[:2]) / 1000)
    thickness = max(1, thickness // 2)
    (width, height), baseline = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    x = int(np.clip(x, 0, max(0, image.shape[1] - width)))
    y = int(np.clip(y - 6, height, image.shape[0] - baseline))
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), thickness + 2, cv2.LINE_AA)
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour_of(person.id), thickness, cv2.LINE_AA)


def draw_view(image, people, thickness):
    """Draws the people as seen from above and to the right of the camera into the lower right corner of `image`."""
    side = int(PANEL_SHARE * min(image.shape[:2]))
    if side < 40:
        return  # nothing could be made out
    panel = image[-side:, -side:]
    panel[:] = (panel * PANEL_SHADE).astype(np.uint8)
    people = [person for person in people if np.isfinite(person.joints_camera).all()]
    joints = np.concatenate([person.joints_camera for person in people]) if people else np.array([[0, 0, 3.0]])
    floor = np.percentile(joints[:, 1], 98) if people else 1.5  # y points down
    low, high = joints.min(axis=0), joints.max(axis=0)
    across, along = np.round(low + high)[[0, 2]] / 2  # in steps of half a metre: the view must not swim
    centre = np.array([across, floor, along])
    extent = max(high[0] - low[0], high[2] - low[2])
    span = next((each for each in SPANS if extent < 0.7 * each), SPANS[-1])
    grid = centre + grid_lines(span)
    cv2.polylines(panel, view_points(grid, centre, span, side), False, (90, 90, 90), 1, cv2.LINE_AA, SHIFT)
    for person in people:
        bones = view_points(person.joints_camera[BONE_ENDS], centre, span, side)
        cv2.polylines(panel, bones, False, colour_of(person.id), max(1, thickness // 2), cv2.LINE_AA, SHIFT)


def grid_lines(span):
    """Lines on a square floor about the origin, its sides half of `span`, (N, 2 ends, 3) [m], camera frame."""
    pitch = max(0.5, span / 8)
    reach = np.floor(0.4 * span / pitch) * pitch
    steps = np.arange(-reach, reach + 1e-6, pitch)
    lines = [[(-reach, 0, z), (reach, 0, z)] for z in steps]
    return np.array(lines + [[(x, 0, -reach), (x, 0, reach)] for x in steps])


def view_points(points, centre, span, side):
    """Pixels of the panel, as OpenCV's fixed point, of camera-frame points (N, 2, 3) [m]; a parallel projection."""
    x, y, z = np.moveaxis(np.asarray(points) - centre, -1, 0)
    across = x * np.cos(VIEW_TURN) - z * np.sin(VIEW_TURN)
    away = x * np.sin(VIEW_TURN) + z * np.cos(VIEW_TURN)
    down = y * np.cos(VIEW_TILT) - away * np.sin(VIEW_TILT)
    pixels = side * (np.stack([across, down], -1) / span + [0.5, 0.7])
    return list(np.round(np.clip(pixels, -1e4, 1e4) * 2 ** SHIFT).astype(np.int32))
