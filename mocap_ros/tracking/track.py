"""One person as remembered between images, and how a sighting changes the memory (thesis Sec. 8.3.1)."""

from dataclasses import dataclass, replace
import math

import numpy as np

from mocap_ros.datatypes.person import NEW
from mocap_ros.datatypes.skeleton import K
from mocap_ros.tracking.association import person_size
from mocap_ros.tracking.looks import Looks, follow_looks, learn_looks, no_looks, refresh_looks

FASTEST = 3.0  # person sizes/s that anybody moves in the image: 5 m/s, a run
VELOCITY_MEMORY = 0.25  # s over which the velocity is averaged: some images of video, a single step of slow cameras
HIDDEN_WEIGHT = 0.3  # of a step's velocity while others are in the way, when keypoints may be theirs
VELOCITY_DECAY = 1.0  # s after which somebody unseen is taken to have slowed to a third: people stop and turn
KEYPOINT_MEMORY = 1.0  # s for which a keypoint that is hidden moves on with the person
SIZE_MEMORY = 0.2  # s over which the size is averaged: who has the legs hidden for a moment has not shrunk


@dataclass(eq=False)
class Track:
    """One person as remembered between images.

    Attributes:
        id: five lower-case letters; "" until the person is confirmed.
        first_seen, last_seen: times [s].
        sightings: images in which the person was found.
        certainty: mean confidence of the keypoints, summed over them; a false alarm has few and faint ones.
        keypoints_px: last position of each keypoint [px], (K, 2), and when it was seen [s], (K,); NaN where not known.
        velocity_px: of the person in the image [px/s], (2,).
        size_px: diagonal of the person's box [px].
        joints_relative: last root-relative joints [m], (J, 3).
        looks: Looks.
        before_doubt: the Track as it was before others came in the way or the person was not found, None while nothing
            has happened since that could have exchanged the person.
        recent: Looks of the last images, of those since then if others were in the way.
        waiting: whether it is not clear yet if somebody new is somebody who was lost.
        detection: row of the person in the current observation, None while not seen.
        state: NEW in the first image that publishes the person, OCCLUDED while not seen, TRACKED otherwise.
    """

    id: str
    first_seen: float
    last_seen: float
    sightings: int
    certainty: float
    keypoints_px: np.ndarray
    keypoints_seen: np.ndarray
    velocity_px: np.ndarray
    size_px: float
    joints_relative: np.ndarray
    looks: Looks
    recent: Looks
    detection: int | None
    state: str = NEW
    before_doubt: "Track | None" = None
    waiting: bool = False

    @property
    def confirmed(self):
        """Whether the person was seen often enough to have an id and be published."""
        return self.id != ""

    def predicted(self, time):
        """Where the keypoints are expected at `time` [s], (K, 2) [px]: the way on at a speed that fades."""
        unseen = time - self.last_seen
        return self.keypoints_px + self.velocity_px * VELOCITY_DECAY * (1 - math.exp(-unseen / VELOCITY_DECAY))


def begin_track(observation, row, time):
    """A Track of somebody seen for the first time; `see_looks` adds how they look.

    Args:
        observation: Observation; the person is its row `row`.
        time: of the image [s].
    """
    keypoints = observation.detections.keypoints_px[row].astype(float)
    return Track(
        id="", first_seen=time, last_seen=time, sightings=1,
        certainty=_certainty(observation, row), keypoints_px=keypoints,
        keypoints_seen=np.where(np.isfinite(keypoints).all(-1), time, np.nan), velocity_px=np.zeros(2),
        size_px=float(person_size(keypoints[None])[0]), joints_relative=observation.joints_relative[row],
        looks=no_looks(time), recent=no_looks(time), detection=row,
    )


def _certainty(observation, row):
    return sum(observation.detections.confidence[row].tolist()) / K


def continue_tracks(tracks, observation, rows, clear, time, last_time):
    """Takes a further sighting of each track into its memory; `see_looks` adds how the people look.

    Args:
        tracks: list of T Track.
        observation, time: as for `begin_track`.
        rows: of the observation, one for each track, (T,) int.
        clear: whether nobody else's torso is in the way of the person's, (T,) bool.
        last_time: of the image before [s]; who was not found in it was lost.
    """
    if not tracks:
        return
    keypoints = observation.detections.keypoints_px[rows].astype(float)  # (T, K, 2)
    before, velocity = np.stack([track.keypoints_px for track in tracks]), np.stack([t.velocity_px for t in tracks])
    last_seen, size = np.array([(track.last_seen, track.size_px) for track in tracks]).T
    elapsed = np.maximum(time - last_seen, 1e-3)[:, None]  # (T, 1)

    moved = keypoints - before
    common = np.isfinite(moved).all(-1)  # (T, K)
    shift = np.where(common.any(1)[:, None], _median(moved, common), velocity * elapsed)
    weight = -np.expm1(-elapsed / VELOCITY_MEMORY) * np.where(clear, 1, HIDDEN_WEIGHT)[:, None] * common.any(1)[:, None]
    speed = np.sqrt((shift * shift).sum(1, keepdims=True)) / elapsed
    bounded = shift / elapsed * np.minimum(1, FASTEST * size[:, None] / np.maximum(speed, 1e-9))
    velocity = velocity + weight * (bounded - velocity)

    seen = np.isfinite(keypoints).all(-1)
    keypoints_seen = np.where(seen, time, np.stack([track.keypoints_seen for track in tracks]))
    carried = np.where((time - keypoints_seen <= KEYPOINT_MEMORY)[..., None], before + shift[:, None], np.nan)
    keypoints = np.where(seen[..., None], keypoints, carried)
    size = size - np.expm1(-elapsed[:, 0] / SIZE_MEMORY) * (person_size(keypoints) - size)

    certainty = observation.detections.confidence[rows].sum(1, dtype=float) / K
    lifted = np.isfinite(observation.joints_relative[rows]).all((1, 2))
    for n, (track, row) in enumerate(zip(tracks, rows.tolist())):
        if track.looks.known and (track.last_seen < last_time or not clear[n]):
            track.before_doubt = track.before_doubt or replace(track)
            track.recent = no_looks(time)
        track.keypoints_px, track.keypoints_seen, track.velocity_px = keypoints[n], keypoints_seen[n], velocity[n]
        track.size_px = float(size[n])
        if lifted[n]:
            track.joints_relative = observation.joints_relative[row]
        track.last_seen, track.detection = time, row
        track.sightings += 1
        track.certainty += float(certainty[n])


def _median(values, counted):
    """Median of each row's counted (T, K, 2) along K, (T, 2); infinite where none is."""
    ordered = np.sort(np.where(counted[..., None], values, np.inf), axis=1)
    count = counted.sum(1)
    rows = np.arange(len(values))
    return (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, np.minimum(count // 2, K - 1)]) / 2


def see_looks(tracks, histograms, time, refresh):
    """Adds how people look in this image, none of whom another's torso is in the way of, to their memory.

    Args:
        tracks: list of Track.
        histograms: (P, APPEARANCE_BINS).
        time: of the image [s].
        refresh: age at which the looks are taken anew [s].
    """
    for track, recent in zip(tracks, follow_looks([track.recent for track in tracks], histograms)):
        track.recent = recent
        if track.before_doubt is None and time - track.looks.begun >= refresh:
            track.looks = refresh_looks(track.looks, time)
    rows = [row for row, track in enumerate(tracks) if track.before_doubt is None and not track.looks.full]
    for row, looks in zip(rows, learn_looks([tracks[row].looks for row in rows], histograms[rows])):
        tracks[row].looks = looks


def trust(track):
    """The person of a track is still the same, whatever happened."""
    track.before_doubt = None


def part(track, time):
    """Splits a track whose person was exchanged: returns the person as lost; the other goes on without a name.

    Args:
        time: of the image [s].
    """
    remembered = replace(track.before_doubt or track, detection=None, before_doubt=None)
    track.id, track.first_seen = "", time
    track.looks, track.recent = track.recent, no_looks(time)
    trust(track)
    return remembered


def resume(lost, track):
    """Somebody who was lost is the person of `track`: the lost one's id and looks go on with its place and motion."""
    trust(track)
    track.id, track.first_seen, track.sightings = lost.id, lost.first_seen, lost.sightings + track.sightings
    if lost.looks.known:
        track.looks = lost.looks
