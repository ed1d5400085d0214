"""Identity over time: who appears, stays, hides and comes back (thesis Sec. 8.3.1)."""

from dataclasses import dataclass
import string

import numpy as np

from mocap_ros.datatypes.person import NEW, OCCLUDED, TRACKED
from mocap_ros.tracking.appearance import histogram_distance
from mocap_ros.tracking.association import NEUTRAL_APPEARANCE, assign, distance_2d, distance_3d, person_size

ID_LETTERS = 5  # REP-155: viewers expect five


@dataclass
class Track:
    """One person as remembered between images.

    Attributes:
        id: five lower-case letters.
        last_seen: time [s].
        sightings: images in which the person was found, in a row while not confirmed.
        confirmed: seen often enough to be published.
        keypoints_px: last seen position of each keypoint [px], (K, 2); NaN if never seen.
        velocity_px: of the person in the image [px/s], (2,).
        size_px: diagonal of the person's box [px].
        joints_relative: last root-relative joints [m], (J, 3).
        appearance: torso histogram, (900,), NaN while unknown; taken at `appearance_time` [s].
        detection: row of the person in the current observation, None while not seen.
        state: NEW in the first image that publishes the person, OCCLUDED while not seen, TRACKED otherwise.
    """

    id: str
    last_seen: float
    sightings: int
    confirmed: bool
    keypoints_px: np.ndarray
    velocity_px: np.ndarray
    size_px: float
    joints_relative: np.ndarray
    appearance: np.ndarray
    appearance_time: float
    detection: int | None
    state: str = NEW


class Tracker:
    """Assigns ids to observations, one call an image.

    Args:
        config: TrackingConfig.
        generator: numpy random generator from which ids are drawn.
    """

    def __init__(self, config, generator):
        self.config = config
        self.generator = generator
        self.tracks = []
        self._ids_given = set()

    def forget(self):
        """Forgets everybody; their ids are not given again."""
        self.tracks = []

    def update(self, observation, time):
        """Tracks to publish after this image.

        Args:
            observation: Observation.
            time: the image's time [s], later than at the last call.

        Returns:
            List of Track: confirmed people, seen now or lost for at most `shown_while_lost`. Forgotten people are gone
            from `tracks`; those remembered longer than shown stay there for re-identification.
        """
        self.tracks = [track for track in self.tracks if time - track.last_seen <= self.config.memory]
        for track in self.tracks:
            track.detection = None
            track.state = OCCLUDED
        found, known = assign(self._cost(observation, time), self.config.maximum_distance)
        for row, column in zip(found.tolist(), known.tolist()):
            self._continue(self.tracks[column], observation, row, time)
        for row in np.setdiff1d(np.arange(len(observation)), found).tolist():
            self.tracks.append(self._begin(observation, row, time))
        # Somebody seen once and not again was a false alarm.
        self.tracks = [track for track in self.tracks if track.confirmed or track.detection is not None]
        return [track for track in self.tracks
                if track.confirmed and time - track.last_seen <= self.config.shown_while_lost]

    def _cost(self, observation, time):
        """Weighted dissimilarity of every detection and every track, (P, T)."""
        config = self.config
        if not self.tracks or not len(observation):
            return np.zeros((len(observation), len(self.tracks)))
        unseen = np.array([time - track.last_seen for track in self.tracks])
        predicted = np.stack([
            track.keypoints_px + track.velocity_px * min(time - track.last_seen, config.shown_while_lost)
            for track in self.tracks
        ])
        size = np.array([track.size_px for track in self.tracks])
        in_image = distance_2d(observation.detections.keypoints_px, predicted, size)
        pose = distance_3d(observation.joints_relative, np.stack([track.joints_relative for track in self.tracks]))
        looks = histogram_distance(observation.appearance, np.stack([track.appearance for track in self.tracks]))
        looks = np.where(np.isfinite(looks), looks, NEUTRAL_APPEARANCE)
        # Place and pose say less the longer somebody was away; looks say the same (ours).
        fresh = 1 / (1 + unseen / max(config.shown_while_lost, 1e-3))
        cost = fresh * (config.weight_2d * in_image + config.weight_3d * pose) + config.weight_appearance * looks
        return np.where(np.isfinite(in_image), cost, np.inf)

    def _begin(self, observation, row, time):
        keypoints = observation.detections.keypoints_px[row].astype(float)
        return Track(
            id=self._draw_id(), last_seen=time, sightings=1,
            confirmed=self.config.frames_to_confirm <= 1,
            keypoints_px=keypoints, velocity_px=np.zeros(2), size_px=float(person_size(keypoints[None])[0]),
            joints_relative=observation.joints_relative[row], appearance=observation.appearance[row],
            appearance_time=time, detection=row,
        )

    def _continue(self, track, observation, row, time):
        keypoints = observation.detections.keypoints_px[row].astype(float)
        elapsed = max(time - track.last_seen, 1e-3)
        moved = keypoints - track.keypoints_px
        if np.isfinite(moved).all(-1).any():
            measured = np.nanmedian(moved, axis=0) / elapsed
            track.velocity_px = 0.5 * track.velocity_px + 0.5 * measured
        carried = track.keypoints_px + track.velocity_px * elapsed
        track.keypoints_px = np.where(np.isfinite(keypoints), keypoints, carried)
        # The size is smoothed: a person whose legs are hidden for a moment has not shrunk.
        track.size_px = 0.8 * track.size_px + 0.2 * float(person_size(keypoints[None])[0])
        if np.isfinite(observation.joints_relative[row]).all():
            track.joints_relative = observation.joints_relative[row]
        known = np.isfinite(track.appearance).all()
        if np.isfinite(observation.appearance[row]).all():
            if not known or time - track.appearance_time >= self.config.histogram_refresh:
                track.appearance = observation.appearance[row]
                track.appearance_time = time
        track.last_seen = time
        track.sightings += 1
        track.state = TRACKED if track.confirmed else NEW
        track.confirmed = track.confirmed or track.sightings >= self.config.frames_to_confirm
        track.detection = row

    def _draw_id(self):
        """Five lower-case letters that this tracker has not given before."""
        while True:
            letters = self.generator.integers(len(string.ascii_lowercase), size=ID_LETTERS)
            name = "".join(string.ascii_lowercase[n] for n in letters)
            if name not in self._ids_given:
                self._ids_given.add(name)
                return name
