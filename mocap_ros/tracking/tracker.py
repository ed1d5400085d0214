"""Identity over time: who appears, stays, hides and comes back (thesis Sec. 8.3.1).

Each image is assigned in rounds, each with what the one before has left: people seen in the last image at their
predicted places; people lost a moment ago; people not yet confirmed. What remains begins anew, unless it lies on
somebody already found. Whoever is new and not yet confirmed is then compared with those who are lost.
"""

import string

import numpy as np

from mocap_ros.datatypes.person import NEW, OCCLUDED, TRACKED
from mocap_ros.tracking.appearance import histogram_distance, torsos_in_the_way
from mocap_ros.tracking.association import NEUTRAL_APPEARANCE, assign, distance_3d, place_and_scale
from mocap_ros.tracking.track import FASTEST, begin_track, continue_track, part, resume, trust

ID_LETTERS = 5  # REP-155: viewers expect five
LOOKS, LOOKS_WAIT = 2, 0.4  # histograms that somebody new waits for while others are lost, and how long at most [s]
RECENT = 3  # torso histograms after which it is decided whether a person was exchanged
GAP_WEIGHT, FAR = 0.15, 3.0  # of the way from the last sight in person sizes, beside the looks; counted up to FAR
NEAR_LAST_SIGHT = 1.0  # person sizes from the last sight at which somebody of common looks may be taken to be back
SAME_PLACE = 0.12  # person sizes; a detection this close to somebody found is a second one of the same person
ARRIVAL = 3.0  # times the 2D gate, within which somebody new is one of those just lost, if the looks agree


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
        self.tracks = [track for track in self.tracks if time - track.last_seen <= config.memory]
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
        self._begin(observation, left, clear, time)
        # Somebody not yet confirmed and not seen again was a false alarm.
        self.tracks = [track for track in self.tracks if track.confirmed or track.detection is not None]
        self._part_exchanged(time)
        self._recognise(time)
        somebody_lost = any(track.detection is None and track.histograms for track in self.tracks)
        for track in self.tracks:
            waiting = somebody_lost and track.histograms < LOOKS and time - track.first_seen < LOOKS_WAIT
            if not track.confirmed and track.sightings >= config.frames_to_confirm and not waiting:
                track.id, track.state = self._draw_id(), NEW
        return [track for track in self.tracks
                if track.confirmed and time - track.last_seen <= config.shown_while_lost]

    def _assign(self, tracks, observation, rows, clear, time):
        """Continues tracks with the best of the observation's `rows`; returns the rows that are left."""
        found, known = assign(self._cost(tracks, observation, rows, clear, time), self.config.maximum_distance)
        for row, column in zip(rows[found].tolist(), known.tolist()):
            track = tracks[column]
            continue_track(track, observation, row, clear[row], time, self.config.histogram_refresh,
                           was_lost=track.last_seen < self._last_time)
            track.state = TRACKED
        return np.delete(rows, found)

    def _cost(self, tracks, observation, rows, clear, time):
        """Weighted dissimilarity of detections and tracks, (P, T); infinite where any cue is beyond its gate."""
        config = self.config
        if not tracks or not len(rows):
            return np.zeros((len(rows), len(tracks)))
        unseen = np.array([time - track.last_seen for track in tracks])
        size = np.array([track.size_px for track in tracks])
        predicted = np.stack([track.predicted(time) for track in tracks])
        place, scale = place_and_scale(observation.detections.keypoints_px[rows], predicted, size)
        pose = distance_3d(observation.joints_relative[rows], np.stack([track.joints_relative for track in tracks]))
        looks = histogram_distance(observation.appearance[rows], np.stack([track.appearance for track in tracks]))
        # A torso that another's overlaps may show the other's clothes.
        looks = np.where(np.isfinite(looks) & clear[rows][:, None], looks, NEUTRAL_APPEARANCE)
        # Place and pose say less the longer somebody was away; looks say the same (ours). The spread's logarithm is
        # what the wider of two distributions loses in density: of two people lost, the one seen last comes first.
        gate = config.gate_2d + config.gate_2d_growth * unseen
        fresh = 1 / (1 + unseen / max(config.shown_while_lost, 1e-3))
        cost = (config.weight_2d * place / gate + config.weight_lost * np.log(gate / max(config.gate_2d, 1e-3))
                + config.weight_3d * fresh * pose + config.weight_appearance * looks)
        # Whoever has not moved since the last image stays the same whatever the light does.
        same = (place <= SAME_PLACE) & (unseen <= config.shown_while_lost)
        allowed = (
            (place <= gate) & (scale <= np.log(config.gate_scale))
            & (pose * fresh <= config.gate_3d) & ((looks <= config.gate_appearance) | same)
        )
        return np.where(allowed, cost, np.inf)

    def _begin(self, observation, rows, clear, time):
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
            here.append(begin_track(observation, row, clear[row], time))
            self.tracks.append(here[-1])

    def _part_exchanged(self, time):
        """Undoes an exchange that happened while people were in each other's way or not found.

        Looks decide as soon as they are to be seen again: somebody who looks like nobody known by this id, or much more
        like somebody else who is lost or has been in the way too, is parted from the id.
        """
        config = self.config
        known = [track for track in self.tracks if track.confirmed and track.histograms]
        unsure = [track for track in known if track.detection is not None and track.recents >= RECENT]
        if not unsure or config.reidentify == 0:
            return
        looks = histogram_distance(np.stack([track.recent for track in unsure]),
                                   np.stack([track.appearance for track in known]))
        exchanged = []
        for track, distance in zip(unsure, looks):
            own = distance[known.index(track)]
            others = [(d, other) for d, other in zip(distance, known)
                      if other is not track and (other.detection is None or other.before_doubt is not None)]
            nearest, other = min(others, key=lambda each: each[0], default=(np.inf, None))
            if nearest < config.reidentify and own - nearest >= 2 * config.reidentify_margin:
                exchanged += [each for each in (track, other) if each.detection is not None and each not in exchanged]
            elif own > config.gate_appearance:
                exchanged += [track] if track not in exchanged else []
            elif own < config.reidentify:
                trust(track)
        self.tracks += [part(track, time) for track in exchanged]

    def _recognise(self, time):
        """People not yet confirmed who are somebody lost take over the id."""
        arrived = [track for track in self.tracks if not track.confirmed]
        lost = [track for track in self.tracks if track.confirmed and track.detection is None]
        if not arrived or not lost:
            return
        cost = self._return_cost(arrived, lost, time)
        gone = set()
        for row, column in zip(*assign(cost, 1.0)):
            resume(lost[column], arrived[row])
            arrived[row].state = TRACKED
            gone.add(lost[column].id)
        self.tracks = [track for track in self.tracks if track.detection is not None or track.id not in gone]

    def _return_cost(self, arrived, lost, time):
        """How unlikely it is that each arrival is each lost person, (A, L): at most 1 where it may be.

        Two ways in: at about the predicted place soon after, with looks that agree where they are known; or anywhere
        that can be reached, with looks that agree better than with anybody else who is lost. Where somebody present
        looks alike too, clothes tell little: then only near the place of the last sight.
        """
        config = self.config
        unseen = np.array([time - track.last_seen for track in lost])
        size = np.array([track.size_px for track in lost])
        here = np.stack([track.keypoints_px for track in arrived])
        place, scale = place_and_scale(here, np.stack([track.predicted(time) for track in lost]), size)
        gap, _ = place_and_scale(here, np.stack([track.keypoints_px for track in lost]), size)
        theirs = np.stack([track.appearance for track in arrived])
        looks = histogram_distance(theirs, np.stack([track.appearance for track in lost]))
        fits = looks < config.reidentify
        gate = (config.gate_2d + config.gate_2d_growth * unseen) * np.where(fits, ARRIVAL, 1.0)
        near = (place <= gate) & (unseen <= config.bridge) & (scale <= np.log(config.gate_scale)) & (
            fits | np.isnan(looks))

        present = [track.appearance for track in self.tracks if track.confirmed and track.detection is not None]
        alike = np.zeros((len(arrived), 1), bool)
        if present:
            alike = (histogram_distance(theirs, np.stack(present)) < config.reidentify).any(1, keepdims=True)
        likeness = np.where(np.isnan(looks), np.inf, looks + GAP_WEIGHT * np.minimum(gap, FAR))
        best, second = np.sort(np.pad(likeness, ((0, 0), (0, 1)), constant_values=np.inf), axis=1)[:, :2].T[..., None]
        with np.errstate(invalid="ignore"):
            alone = np.where(likeness <= best, second, best) - likeness >= config.reidentify_margin
        larger = np.maximum(size, np.array([[track.size_px] for track in arrived]))
        reachable = ~np.isfinite(gap) | (gap * size <= FASTEST * (unseen + 0.2) * larger)
        far = fits & alone & reachable & (~alike | (gap <= NEAR_LAST_SIGHT))
        cost_near = 0.5 * place / gate + 0.5 * np.where(np.isnan(looks), NEUTRAL_APPEARANCE, looks)
        return np.where(near, cost_near, np.where(far, 0.5 + 0.5 * looks, np.inf))

    def _draw_id(self):
        """Five lower-case letters that this tracker has not given before."""
        while True:
            letters = self.generator.integers(len(string.ascii_lowercase), size=ID_LETTERS)
            name = "".join(string.ascii_lowercase[n] for n in letters)
            if name not in self._ids_given:
                self._ids_given.add(name)
                return name
