"""Identity over time: who appears, stays, hides and comes back (thesis Sec. 8.3.1).

Each image is assigned in rounds, each with what the one before has left: people seen in the last image at their
predicted places; people lost a moment ago; people not yet confirmed. What remains begins anew, unless it lies on
somebody already found. Whoever is new and not yet confirmed is then compared with those who are lost.
"""

import string

import numpy as np

from mocap_ros.datatypes.person import NEW, OCCLUDED, TRACKED
from mocap_ros.tracking.appearance import evidence_of_looks, torsos_in_the_way
from mocap_ros.tracking.association import assign, distance_3d, place_and_scale, shares_of_boxes
from mocap_ros.tracking.recognition import exchanged_people, recognise
from mocap_ros.tracking.track import begin_track, continue_tracks, part, resume, see_looks

ID_LETTERS = 5  # REP-155: viewers expect five
IDS = len(string.ascii_lowercase) ** ID_LETTERS
_LETTERS = str.maketrans((string.digits + string.ascii_lowercase)[:26], string.ascii_lowercase)
LIFE = 10.0  # times as long as somebody was seen the id is remembered at most: false alarms are short
SAME_PLACE = 0.12  # person sizes; a detection this close to somebody found is a second one of the same person
# Share of a new person's box that a larger one's covers: then it is often a second detection of the same person, and
# must stay for this time [s].
COVERED, COVERED_WAIT = 0.7, 0.5


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
        self._ids_given = 0
        self._first_id, self._step = generator.integers(IDS), 11 + 26 * generator.integers(IDS // 26)
        self._last_time = -np.inf

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
        config = self.config
        self.tracks = [track for track in self.tracks if time - track.last_seen <= min(
            config.memory, config.bridge + LIFE * (track.last_seen - track.first_seen))]
        for track in self.tracks:
            track.detection, track.state = None, OCCLUDED
        clear = ~torsos_in_the_way(observation.detections.keypoints_px)

        near = [track for track in self.tracks if time - track.last_seen <= config.bridge]
        left = np.arange(len(observation))
        for group in (
            [track for track in near if track.confirmed and track.last_seen == self._last_time],
            [track for track in near if track.confirmed and track.last_seen < self._last_time],
            [track for track in near if not track.confirmed],
        ):
            left = self._assign(group, observation, left, clear, time)
        self._last_time = time
        self._begin(observation, left, time)
        plain = [track for track in self.tracks if track.detection is not None and clear[track.detection]]
        see_looks(plain, observation.appearance[[track.detection for track in plain]], time, config.histogram_refresh)
        # Somebody not yet confirmed and not seen again was a false alarm.
        self.tracks = [track for track in self.tracks if track.confirmed or track.detection is not None]
        self._part_exchanged(time)
        self._recognise(time)
        arrived = [track for track in self.tracks if not track.confirmed
                   and track.sightings >= config.frames_to_confirm and track.certainty >= config.certainty_to_confirm]
        for track, waits in zip(arrived, self._second_detections(arrived)):
            if not track.waiting and not (waits and time - track.first_seen < COVERED_WAIT):
                track.id, track.state = self._draw_id(), NEW
        return [track for track in self.tracks
                if track.confirmed and time - track.last_seen <= config.shown_while_lost]

    def _assign(self, tracks, observation, rows, clear, time):
        """Continues tracks with the best of the observation's `rows`; returns the rows that are left."""
        if not tracks or not len(rows):
            return rows
        found, known = assign(self._cost(tracks, observation, rows, clear, time), self.config.maximum_distance)
        continued = [tracks[column] for column in known.tolist()]
        continue_tracks(continued, observation, rows[found], clear[rows[found]], time, self._last_time)
        for track in continued:
            track.state = TRACKED
        return np.delete(rows, found)

    def _cost(self, tracks, observation, rows, clear, time):
        """Weighted dissimilarity of detections and tracks, (P, T); infinite where any cue is beyond its gate."""
        config = self.config
        unseen = np.array([time - track.last_seen for track in tracks])
        size = np.array([track.size_px for track in tracks])
        predicted = np.stack([track.predicted(time) for track in tracks])
        place, scale = place_and_scale(observation.detections.keypoints_px[rows], predicted, size)
        pose = distance_3d(observation.joints_relative[rows], np.stack([track.joints_relative for track in tracks]))
        looks = evidence_of_looks(observation.appearance[rows], np.stack([track.looks.mean for track in tracks]))
        looks[~clear[rows]] = 0  # a torso that another's overlaps may show the other's clothes
        # Place and pose say less the longer somebody was away; looks say the same (ours). The spread's logarithm is
        # what the wider of two distributions loses in density: of two people lost, the one seen last comes first.
        gate = config.gate_2d + config.gate_2d_growth * unseen
        fresh = 1 / (1 + unseen / max(config.shown_while_lost, 1e-3))
        cost = (config.weight_2d * place / gate + config.weight_lost * np.log(gate / max(config.gate_2d, 1e-3))
                + config.weight_3d * fresh * pose + config.weight_appearance / (1 + np.exp(0.5 * looks)))
        # Whoever has not moved since the last image stays the same whatever the light does.
        same = (place <= SAME_PLACE) & (unseen <= config.shown_while_lost)
        allowed = (
            (place <= gate) & (scale <= np.log(config.gate_scale))
            & (pose * fresh <= config.gate_3d) & ((looks >= -config.gate_appearance) | same)
        )
        return np.where(allowed, cost, np.inf)

    def _begin(self, observation, rows, time):
        """New tracks for detections that belong to nobody and do not lie on somebody found."""
        keypoints = observation.detections.keypoints_px
        here = [track for track in self.tracks if track.detection is not None]
        order = rows[np.argsort(-observation.detections.confidence[rows].sum(-1), kind="stable")]
        for row in order.tolist():
            if here:
                place, _ = place_and_scale(keypoints[[row]], np.stack([track.keypoints_px for track in here]),
                                           np.array([track.size_px for track in here]))
                if place.min() < SAME_PLACE:
                    continue
            here.append(begin_track(observation, row, time))
            self.tracks.append(here[-1])

    def _part_exchanged(self, time):
        """Parts people from their ids who were exchanged while they were in each other's way or not found."""
        self.tracks += [part(track, time) for track in exchanged_people(self.tracks, self.config)]

    def _recognise(self, time):
        """People not yet confirmed who are somebody lost take over the id; those of whom it is not clear yet wait."""
        arrived = [track for track in self.tracks if not track.confirmed]
        lost = [track for track in self.tracks if track.confirmed and track.detection is None]
        present = [track for track in self.tracks if track.confirmed and track.detection is not None]
        gone = set()
        for track, returned in recognise(arrived, lost, present, self.config, time):
            resume(returned, track)
            track.state = TRACKED
            gone.add(returned.id)
        self.tracks = [track for track in self.tracks if track.detection is not None or track.id not in gone]

    def _second_detections(self, arrived):
        """Which new people lie mostly within the box of a larger one who is seen, (A,) bool."""
        seen = [track for track in self.tracks if track.detection is not None]
        if not arrived:
            return np.zeros(0, bool)
        larger = np.array([[other.size_px > track.size_px for other in seen] for track in arrived])
        shares = shares_of_boxes(np.stack([track.keypoints_px for track in arrived]),
                                 np.stack([track.keypoints_px for track in seen]))
        return ((shares > COVERED) & larger).any(1)

    def _draw_id(self):
        """Five lower-case letters that this tracker has not given before, until all of the IDS are used up."""
        # A step without a common divisor with IDS visits every number once: nothing needs to be remembered.
        number = int((self._first_id + self._ids_given * self._step) % IDS)
        self._ids_given += 1
        letters = np.base_repr(number, len(string.ascii_lowercase)).rjust(ID_LETTERS, "0").lower()
        return letters.translate(_LETTERS)
