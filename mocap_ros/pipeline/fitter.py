"""Stage III: observations become people with identity, smooth joint angles and a place in metres (Sec. 8.3)."""

from dataclasses import dataclass, replace
import time as clock

import numpy as np

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.person import ASSUMED, GIVEN, MEASURED, PeopleFrame, Person
from mocap_ros.datatypes.skeleton import J, K
from mocap_ros.geometry.ground_plane import ground_of_settings
from mocap_ros.geometry.pinhole import undistort_pixels
from mocap_ros.geometry.rigid import apply, inverse
from mocap_ros.kinematics import bone_lengths as proportions_of
from mocap_ros.kinematics.body_height import measure_heights
from mocap_ros.kinematics import height_samples
from mocap_ros.kinematics import fit_state
from mocap_ros.kinematics.bone_lengths import default_proportions, learn_proportions
from mocap_ros.kinematics.fitting import fit, initial_state
from mocap_ros.kinematics.rest_pose import scale_to_height
from mocap_ros.pipeline.joint_confidence import confidence_of_joints
from mocap_ros.pipeline.timing import StageTimer
from mocap_ros.tracking import one_euro as filters
from mocap_ros.tracking.one_euro import fresh_state, one_euro
from mocap_ros.tracking.tracker import Tracker

# Relative standard deviation of a height: of adults of both sexes about an assumed mean, of a measurement (8.3.2 gives
# none; ours, see docs/calibration.md), and of one that the user gives.
DEVIATIONS = {ASSUMED: 0.06, MEASURED: 0.03, GIVEN: 0.01}
# A one-euro filter's beta is a cutoff per speed, so its unit matters and the thesis names none. Ours: pixels of the
# network's image, 320 px high, whatever the camera's; and centimetres.
FILTER_IMAGE_HEIGHT = 320  # px
FILTER_LENGTH = 0.01  # m


@dataclass(frozen=True, eq=False)
class Memory:
    """What is kept of N people from image to image, one row each.

    Attributes:
        ids: their ids, N of them.
        filter_2d, filter_3d, filter_result: OneEuroState of keypoints (N, K, 2), root-relative joints and fitted joints
            (N, J, 3), in the filters' units.
        proportions: Proportions.
        heights: HeightSamples, measured on the floor.
        state: FitState; rows of people who were never fitted hold nothing yet.
        fitted_at: time of each person's last fit [s], (N,); NaN before the first.
    """

    ids: tuple
    filter_2d: filters.OneEuroState
    filter_3d: filters.OneEuroState
    filter_result: filters.OneEuroState
    proportions: proportions_of.Proportions
    heights: height_samples.HeightSamples
    state: fit_state.FitState
    fitted_at: np.ndarray

    def take(self, rows):
        """The memory of some people, in the order of the indices `rows`."""
        return Memory(
            tuple(self.ids[row] for row in rows), self.filter_2d.take(rows), self.filter_3d.take(rows),
            self.filter_result.take(rows), self.proportions.take(rows), self.heights.take(rows),
            self.state.take(rows), self.fitted_at[rows],
        )


def fresh_memory(ids):
    """Memory of people who were never seen before."""
    people = len(ids)
    return Memory(
        tuple(ids), fresh_state((people, K, 2)), fresh_state((people, J, 3)), fresh_state((people, J, 3)),
        default_proportions(people), height_samples.no_samples(people), fit_state.unfitted_state(people),
        np.full(people, np.nan),
    )


def join(a, b):
    """One Memory of the rows of two."""
    return Memory(
        a.ids + b.ids, *(filters.concatenate([getattr(a, name), getattr(b, name)])
                         for name in ("filter_2d", "filter_3d", "filter_result")),
        proportions_of.concatenate([a.proportions, b.proportions]),
        height_samples.concatenate([a.heights, b.heights]),
        fit_state.concatenate([a.state, b.state]), np.concatenate([a.fitted_at, b.fitted_at]),
    )


def seen_from(memory, now_from_last):
    """The memory of people as a camera sees them that has moved since the last image; `now_from_last` is (4, 4)."""
    turn = now_from_last[:3, :3].T
    placed, relative = memory.filter_result, memory.filter_3d
    return replace(
        memory, state=fit_state.seen_from(memory.state, now_from_last),
        filter_3d=replace(relative, value=relative.value @ turn, rate=relative.rate @ turn),
        filter_result=replace(placed, value=apply(now_from_last, FILTER_LENGTH * placed.value) / FILTER_LENGTH,
                              rate=placed.rate @ turn),
    )


class Fitter:
    """The half of the pipeline that remembers.

    Args:
        config: MocapConfig; sections `tracking`, `filters`, `fitting` and `camera` are used.
        generator: numpy random generator for ids; seeded by the operating system if None.
        timer: StageTimer; its own if None.

    Attributes:
        plane: GroundPlane in the camera frame, or None; may be set before each image where the camera moves.
        fixed_from_camera: (4, 4), where the camera is in a frame that does not move, or None where that is not known
            or the camera is at rest; to be set before each image. Feet then stay planted while the camera moves.
    """

    def __init__(self, config, generator=None, timer=None):
        self.timer = timer or StageTimer()
        self._tracker = Tracker(config.tracking, generator or np.random.default_rng())
        self.fixed_from_camera = None
        self.configure(config)
        self.forget()

    def configure(self, config):
        """Takes over changed settings; people are kept."""
        self.config = config
        self._tracker.config = config.tracking
        self.plane = ground_of_settings(config.camera)

    def forget(self):
        """Forgets everybody, as at the start; ids given before are not given again."""
        self._tracker.forget()
        self._memory = fresh_memory(())
        self._time = self._size = self._fixed_from_last = None

    def update(self, observation, camera, time, processing_seconds=0.0):
        """People after one more observation.

        Args:
            observation: Observation.
            camera: Camera of the observation's image size. Where that size has changed, everybody is forgotten first:
                places in pixels no longer compare.
            time: of the image [s]; must grow from call to call.
            processing_seconds: already spent on this image, for the record.

        Returns:
            PeopleFrame: whoever is confirmed and seen, or lost for a moment.

        Raises:
            ImageError: `time` is not after the last call's; nothing is changed.
        """
        if self._time is not None and not time > self._time:
            raise ImageError(f"image of {time:.3f} s is not newer than the last, of {self._time:.3f} s")
        begin = clock.perf_counter()
        size = observation.width, observation.height
        if self._size not in (None, size):
            self.forget()
        self._time, self._size = time, size
        self._follow_camera()
        with self.timer.stage("track"):
            tracks = self._tracker.update(observation, time)
            memory = self._recall(track.id for track in tracks)
        people = ()
        if tracks:
            with self.timer.stage("fit"):
                people, memory = self._fit(tracks, memory, observation, camera, time)
        self._remember(memory)
        seconds = processing_seconds + clock.perf_counter() - begin
        return PeopleFrame(time, observation.width, observation.height, people, seconds, camera.calibrated)

    def _follow_camera(self):
        """Puts what is remembered into this image's camera frame, where the camera's motion is known."""
        last, now = self._fixed_from_last, self.fixed_from_camera
        if last is not None and now is not None:
            self._memory = seen_from(self._memory, inverse(now) @ last)
        self._fixed_from_last = now

    def _recall(self, ids):
        """Memory of the people with these ids, in their order; fresh for those who are new."""
        ids = tuple(ids)
        if ids == self._memory.ids:
            return self._memory
        known = {name: row for row, name in enumerate(self._memory.ids)}
        everybody = join(self._memory, fresh_memory([name for name in ids if name not in known]))
        row_of = {name: row for row, name in enumerate(everybody.ids)}
        return everybody.take([row_of[name] for name in ids])

    def _remember(self, memory):
        """Keeps the people just processed and those whom the tracker still remembers."""
        tracked = {track.id for track in self._tracker.tracks} - set(memory.ids)
        waiting = [row for row, name in enumerate(self._memory.ids) if name in tracked]
        self._memory = join(memory, self._memory.take(waiting)) if waiting else memory

    def _fit(self, tracks, memory, observation, camera, time):
        """Persons of `tracks` and their next memory."""
        settings = self.config.filters
        seen = np.array([track.detection is not None for track in tracks])
        rows = np.array([track.detection if track.detection is not None else 0 for track in tracks])
        keypoints, confidence, joints, scores = _of_tracks(observation, rows, seen)

        pixel = camera.height / FILTER_IMAGE_HEIGHT
        smooth, filter_2d = one_euro(memory.filter_2d, keypoints / pixel, time,
                                     settings.minimum_cutoff_2d, settings.beta_2d)
        filtered_px = smooth * pixel
        smooth, filter_3d = one_euro(memory.filter_3d, joints / FILTER_LENGTH, time,
                                     settings.minimum_cutoff_3d, settings.beta_3d)
        filtered_joints = smooth * FILTER_LENGTH

        joint_confidence = confidence_of_joints(confidence)
        proportions = learn_proportions(memory.proportions, joints, joint_confidence,
                                        self.config.fitting.bone_length_frames)
        samples = memory.heights
        if self.plane is not None:
            samples = height_samples.add_samples(
                samples, *measure_heights(keypoints, confidence, joints, camera, self.plane))
        heights, sources = self._heights(samples)
        lengths = scale_to_height(proportions.lengths, heights)
        metric = filtered_joints * (heights / REFERENCE_HEIGHT)[:, None, None]
        ideal_px = undistort_pixels(filtered_px, camera)
        usable = np.where(np.isfinite(ideal_px).all(-1), confidence, 0)  # a fisheye sees what no pixel stands for
        data = (metric, joint_confidence, ideal_px, usable, lengths)
        state = self._started(memory, data, camera)
        deviation = np.array([DEVIATIONS[source] for source in sources])
        elapsed = np.where(np.isnan(memory.fitted_at), 0, time - memory.fitted_at)
        result = fit(state, *data, camera, self.config.fitting, elapsed, deviation, self.plane)
        final, filter_result = one_euro(memory.filter_result, result.joints_camera / FILTER_LENGTH, time,
                                        settings.minimum_cutoff_result, settings.beta_result)
        people = tuple(
            Person(
                id=track.id, state=track.state, score=float(scores[row]),
                keypoints_px=filtered_px[row], keypoint_confidence=confidence[row],
                joints_camera=FILTER_LENGTH * final[row], joint_confidence=joint_confidence[row],
                root_position=result.root_position[row], root_orientation=result.root_orientation[row],
                angles=result.angles[row], bone_lengths=lengths[row], height=float(heights[row]),
                height_source=sources[row],
                velocity=result.root_velocity[row], root_covariance=result.root_covariance[row],
                joint_deviation=result.joint_deviation[row],
            )
            for row, track in enumerate(tracks)
        )
        return people, Memory(memory.ids, filter_2d, filter_3d, filter_result, proportions, samples,
                              result.state, np.full(len(tracks), time))

    def _started(self, memory, data, camera):
        """The fit's states, with those of people who are new made from this image alone."""
        new = np.flatnonzero(np.isnan(memory.fitted_at))
        if not len(new):
            return memory.state
        old = np.flatnonzero(np.isfinite(memory.fitted_at))
        first = initial_state(*(each[new] for each in data), camera, self.config.fitting)
        order = np.argsort(np.concatenate([old, new]))
        return fit_state.concatenate([memory.state.take(old), first]).take(order)

    def _heights(self, samples):
        """Standing heights [m], (P,), and how each is known: given, measured often enough, or assumed."""
        settings = self.config.fitting
        if settings.known_height > 0:
            return np.full(len(samples.weights), settings.known_height), [GIVEN] * len(samples.weights)
        measured = height_samples.averaged_heights(samples)
        known = np.isfinite(measured)
        return np.where(known, measured, settings.assumed_height), [MEASURED if each else ASSUMED for each in known]


def _of_tracks(observation, rows, seen):
    """Keypoints, confidence, joints and scores laid out by track; NaN and 0 for tracks that are not seen."""
    people = len(rows)
    keypoints, joints = np.full((people, K, 2), np.nan), np.full((people, J, 3), np.nan)
    confidence, scores = np.zeros((people, K)), np.zeros(people)
    found = observation.detections
    keypoints[seen], confidence[seen] = found.keypoints_px[rows[seen]], found.confidence[rows[seen]]
    joints[seen], scores[seen] = observation.joints_relative[rows[seen]], found.scores[rows[seen]]
    return keypoints, confidence, joints, scores
