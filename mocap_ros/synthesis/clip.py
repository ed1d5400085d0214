"""Clips: a room or street with people who keep their looks, drawn frame by frame with exact labels."""

from dataclasses import dataclass, replace
import json

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.choreography import in_uniform, walking_loops
from mocap_ros.synthesis.clothing import dress
from mocap_ros.synthesis.drawing import draw
from mocap_ros.synthesis.fabric import coarser, ground, window
from mocap_ros.synthesis.labels import Labels, label_people
from mocap_ros.synthesis.performance import Gesturer, Performer, Walker
from mocap_ros.synthesis.scene import Light, PlacedSolid, Scene, Surroundings, moved, place_person, view_toward
from mocap_ros.synthesis.sensor import as_steady_picture
from mocap_ros.synthesis.solids import box, chair, placed, table
from mocap_ros.synthesis.stock import Photographs, draw_look, make_stock

WIDTH, HEIGHT, RATE = 640, 360, 25.0
LEVEL = 0.35  # [m] a take whose pelvis rises and falls by more is climbing or falling
ROOMY = 2.8  # [m] a take that covers more ground would leave the picture
# Places on the floor [m]: who stays where it is stands in front of or behind the lane of those who walk.
SPOTS = {"rest": [[-1.25, 3.15], [1.3, 3.15], [-1.5, 5.6]], "record": [[0.3, 5.4], [1.6, 5.5]]}
LANE = [[-1.9, 4.0], [1.9, 3.9], [2.1, 4.5], [-1.9, 4.6]]
FIELD_OF_VIEW = np.deg2rad(54)  # vertical


@dataclass(frozen=True, eq=False)
class Actor:
    """A character with its look, what it does, and the pelvis height [m] that sets a recorded take on the floor."""

    character: object
    look: object
    performance: object
    lift: float


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame: image (H, W, 3) uint8 BGR, Labels, time [s]."""

    image: np.ndarray
    labels: Labels
    time: float


def stand_actor(wardrobe, actor, time):
    """The actor at `time` [s] as a PlacedPerson."""
    moment = actor.performance.at(time)
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, actor.character.heads, moment.pose)
    person = place_person(actor.character, transforms, actor.look)
    pelvis = transforms[0, :, :3] @ actor.character.points[wardrobe.point_index["pelvis"]] + transforms[0, :, 3]
    lift = -float(person.vertices[:, 2].min()) if np.isnan(moment.lift) else moment.lift - pelvis[2] + actor.lift
    return moved(person, np.array([*(moment.place - pelvis[:2]), lift]))


def _settled(wardrobe, actor, seconds):
    """The actor with the lift that keeps a recorded take's lowest moment on the floor."""
    if not isinstance(actor.performance, Performer):
        return actor
    lowest = [stand_actor(wardrobe, actor, time).vertices[:, 2].min() for time in np.arange(0, seconds, 0.4)]
    return Actor(actor.character, actor.look, actor.performance, -float(np.percentile(lowest, 20)))


class Stage:
    """A set with actors and a steady camera.

    Args:
        wardrobe: Wardrobe.
        takes: recorded movements, assets.Take by name.
        seconds: length of the clip.
        people: number of actors.
        seed: same seed, same clip.
        outdoors: True for a street, False for a room.
        staging: one of choreography.STAGINGS; "mixed" has people who walk, gesture, repeat a recording and sit;
            "recordings" only people who repeat recordings, one behind the other, so that feet stand as real feet do.
        same_clothes: True dresses everybody in the first one's colours.
    """

    def __init__(self, wardrobe, takes, seconds, people, seed, outdoors=False, staging="mixed", same_clothes=False):
        self.wardrobe, self.generator = wardrobe, np.random.default_rng([seed, 77])
        generator = self.generator
        self.stock = make_stock(wardrobe, Photographs(None), generator, characters=0, grounds=4, facades=4, pictures=6)
        focal = HEIGHT / 2 / np.tan(FIELD_OF_VIEW / 2)
        self.view = view_toward(
            WIDTH, HEIGHT, focal, [0, 0, 1.5 if not outdoors else 2.2], -0.14 if not outdoors else -0.2
        )
        self.light, self.surroundings = (_street if outdoors else _room)(self.stock, generator)
        self.solids, self.actors = [], []
        if staging == "mixed":
            self._place_mixed(takes, seconds, people)
        elif staging == "recordings":
            self._place_recordings(takes, seconds, people)
        else:
            self._place_walkers(walking_loops(staging, people, WIDTH / 2 / focal, generator))
        if same_clothes:
            model = self.actors[0].look
            self.actors = [replace(actor, look=in_uniform(actor.look, model)) for actor in self.actors]
        if staging == "exits":
            self._add_pillar()
        self._furnish(outdoors)

    def _place_mixed(self, takes, seconds, people):
        """Every fourth person walks, gestures, repeats a recording, sits."""
        wardrobe, generator = self.wardrobe, self.generator
        spots = {kind: list(generator.permutation(np.array(places))) for kind, places in SPOTS.items()}
        names = [name for name in sorted(takes) if np.ptp(takes[name].root[:, 2]) < LEVEL]
        for number in range(people):
            kind = ("walk", "gesture", "record", "sit")[number % 4]
            character = dress(wardrobe, generator, carrying=kind == "walk")
            look = draw_look(self.stock, character, generator)
            spot = spots["record" if kind == "record" else "rest"].pop() if kind != "walk" else None
            if kind == "walk":
                corners = np.array(LANE) + generator.normal(0, 0.08, (4, 2))
                corners = corners[:: generator.choice([-1, 1])]
                speed = generator.uniform(1.0, 1.35)
                performance = Walker(corners, character.height, speed, generator)
            elif kind == "record":
                take = takes[names[generator.integers(len(names))]]
                performance = Performer(
                    take, spot, generator.uniform(-0.6, 0.6), character.height / 1.75, seconds, generator
                )
            else:
                performance = Gesturer(spot, generator.normal(0, 0.4), kind == "sit", seconds, generator)
            actor = _settled(wardrobe, Actor(character, look, performance, 0.0), seconds)
            self.actors.append(actor)
            if kind == "sit":
                self._add_seat(actor, spot)

    def _place_recordings(self, takes, seconds, people):
        """Everybody repeats a recording at a depth of their own, to the left and to the right of the middle in turn."""
        level = [take for _, take in sorted(takes.items())
                 if np.ptp(take.root[:, 2]) < LEVEL and np.ptp(take.root[:, :2], axis=0).max() < ROOMY]
        for number in range(people):
            character = dress(self.wardrobe, self.generator)
            look = draw_look(self.stock, character, self.generator)
            place = [0.45 * (-1) ** number, 3.1 + 1.1 * number]
            yaw, take = self.generator.uniform(-0.6, 0.6), level[self.generator.integers(len(level))]
            performance = Performer(take, place, yaw, character.height / 1.75, seconds, self.generator)
            self.actors.append(_settled(self.wardrobe, Actor(character, look, performance, 0.0), seconds))

    def _place_walkers(self, loops):
        """Everybody walks a loop of their own; walls stand back behind the widest."""
        for corners in loops:
            character = dress(self.wardrobe, self.generator)
            look = draw_look(self.stock, character, self.generator)
            speed = self.generator.uniform(0.9, 1.5)
            performance = Walker(corners, character.height, speed, self.generator)
            self.actors.append(Actor(character, look, performance, 0.0))
        reach = np.abs(np.concatenate(loops)[:, 0]).max() + 0.6
        around = self.surroundings
        low, high = around.low.copy(), around.high.copy()
        low[0], high[0] = min(low[0], -reach), max(high[0], reach)
        self.surroundings = replace(around, low=low, high=high)

    def _add_pillar(self):
        """A pillar near the camera that hides whoever passes behind it."""
        place = [self.generator.uniform(-0.6, 0.6), 1.9, 0]
        self._add_solid(placed(box([0, 0, 1.4], [0.3, 0.3, 2.8]), place, 0.3), self.stock.grounds, [0.8, 0.8, 0.8])

    def _add_solid(self, solid, span, tint):
        self.solids.append(PlacedSolid(solid, int(self.generator.integers(*span)), 1.0, np.asarray(tint, float), 0.05))

    def _add_seat(self, actor, spot):
        person = stand_actor(self.wardrobe, actor, 0.0)
        height = float(person.vertices[actor.character.seat_vertices, 2].min())
        yaw = actor.performance.yaw
        self._add_solid(placed(chair(height, self.generator), [*spot, 0], yaw), self.stock.grounds, [0.7, 0.6, 0.5])

    def _furnish(self, outdoors):
        wood = self.stock.grounds
        if outdoors:
            for x in (-3.2, 3.4):
                self._add_solid(placed(box([0, 0, 0.5], [0.4, 1.6, 1.0]), [x, 8.0, 0], 0.1), wood, [0.7, 0.7, 0.7])
            return
        self._add_solid(placed(table(0.74, self.generator), [-2.0, 7.0, 0], 0.1), wood, [0.8, 0.65, 0.5])
        self._add_solid(placed(box([0, 0, 0.9], [1.2, 0.35, 1.8]), [2.4, 7.35, 0], 0), wood, [0.75, 0.7, 0.65])
        for z in (0.35, 0.8, 1.25, 1.65):
            self._add_solid(
                placed(box([0, -0.15, z], [1.1, 0.1, 0.25]), [2.4, 7.3, 0], 0), self.stock.cloths, [0.6, 0.6, 0.6]
            )

    def frames(self, seconds):
        """Yields the Frames of the clip."""
        gain = None
        for number in range(int(round(seconds * RATE))):
            time = number / RATE
            people = tuple(stand_actor(self.wardrobe, actor, time) for actor in self.actors)
            scene = Scene(self.view, people, tuple(self.solids), self.light, self.surroundings, None, 0.0, 0.0)
            drawing = draw(scene, self.stock, lambda stage: None)
            if gain is None:
                gain = 0.3 / float(drawing.image.mean())
            image = as_steady_picture(drawing.image, gain, self.stock.grain, self.generator)
            yield Frame(image, label_people(scene, drawing, self.wardrobe), time)


def _with_textures(stock, textures):
    """Overwrites the first ground textures of the stock in both resolutions."""
    for number, texture in enumerate(textures):
        place = stock.grounds[0] + number
        stock.fine[place] = texture
        stock.coarse[place] = coarser(texture[None])[0]


def _light(sun, sun_strength, around):
    sun = np.asarray(sun, float) / np.linalg.norm(sun)
    ambient = np.zeros((3, 4))
    ambient[:, 3], ambient[:, 2], ambient[:, 0] = around, 0.25 * around, 0.08 * around
    fill = np.array([-0.5, -0.8, 0.3]) / np.linalg.norm([0.5, 0.8, 0.3])
    return Light(
        sun,
        np.array([1.06, 1.0, 0.92]) * sun_strength,
        fill,
        np.full(3, 0.3),
        ambient,
        np.array([[0.9, 0.95, 1.0], [0.35, 0.55, 0.95]]),
    )


def _room(stock, generator):
    """A lit room: boards, plain walls, pictures, a bright window."""
    _with_textures(
        stock,
        [
            ground(generator, "planks"),
            ground(generator, "plaster"),
            ground(generator, "plaster"),
            ground(generator, "carpet"),
        ],
    )
    stock.fine[stock.facades[0]] = window(generator)
    first = stock.grounds[0]
    pictures = np.full((4, 3, 5), 1e9)
    pictures[3, 0] = [-1.2, 0.0, 1.2, 2.0, stock.pictures[0]]
    pictures[3, 1] = [0.6, 1.3, 1.1, 2.1, stock.pictures[0] + 1]
    pictures[0, 0] = [3.0, 5.2, 0.9, 2.2, stock.facades[0]]
    pictures[1, 0] = [4.5, 5.6, 1.2, 1.9, stock.pictures[0] + 2]
    tint = np.array(
        [[0.93, 0.9, 0.86], [0.93, 0.9, 0.86], [0.9, 0.9, 0.9], [0.88, 0.9, 0.94], [0.85, 0.75, 0.65], [1, 1, 1]]
    )
    around = Surroundings(
        np.array([-3.4, -1.5, 0]),
        np.array([3.4, 7.6, 2.75]),
        0.0,
        False,
        np.array([first + 1, first + 1, first + 1, first + 2, first, first + 2]),
        np.array([0.4, 0.4, 0.4, 0.4, 0.55, 0.4]),
        tint,
        pictures,
    )
    return _light([-0.8, -0.5, 1.1], 0.9, 0.75), around


def _street(stock, generator):
    """A street between house fronts under a blue sky."""
    _with_textures(
        stock,
        [
            ground(generator, "asphalt"),
            ground(generator, "brick"),
            ground(generator, "concrete"),
            ground(generator, "tiles"),
        ],
    )
    first, front = stock.grounds[0], stock.facades[0]
    around = Surroundings(
        np.array([-6.0, -4, 0]),
        np.array([7.0, 26, 9.0]),
        0.05,
        True,
        np.array([front, front + 1, first, front + 2, first, first]),
        np.array([0.12, 0.12, 0.2, 0.12, 0.4, 0.4]),
        np.full((6, 3), 0.85),
        np.full((4, 3, 5), 1e9),
    )
    return _light([0.7, -0.6, 1.0], 1.7, 0.55), around


def write_clip(path, view, frames, label_step=1):
    """Writes the video and, beside it, a JSON file of its labels.

    The JSON holds width, height, frames per second, K [px], the floor (unit normal in the camera frame, and the
    camera's height above it [m]), the joint order, the standing heights [m], the number of every labelled frame and,
    per labelled frame and person, the joints in the camera frame [mm, rounded] and their visibility codes (0 outside,
    1 behind another person, 2 behind an object, 3 behind the own body, 4 seen), and the keypoints [px, to a tenth; x
    and y in turn] and their visibility likewise.

    Args:
        path: the .mp4 file.
        view: View of all frames.
        frames: iterable of Frame.
        label_step: every so manieth frame is labelled.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (view.width, view.height))
    if not writer.isOpened():
        raise ImageError(f"{path}: no video can be written there")
    numbers, joints, visibility, heights = [], [], [], []
    keypoints, keypoint_visibility = [], []
    for number, frame in enumerate(frames):
        writer.write(frame.image)
        if number % label_step == 0:
            numbers.append(number)
            joints.append(np.round(frame.labels.joints_camera * 1000).astype(int).tolist())
            visibility.append(["".join(str(code) for code in person) for person in frame.labels.joint_visibility])
            keypoints.append([[round(value, 1) for value in person.ravel().tolist()]
                              for person in frame.labels.keypoints_px])
            keypoint_visibility.append(["".join(str(code) for code in person) for person in frame.labels.visibility])
            heights = [round(float(height), 3) for height in frame.labels.heights]
    writer.release()
    content = {
        "width": view.width,
        "height": view.height,
        "rate": RATE,
        "K": np.round(view.matrix, 3).tolist(),
        "floor_up": np.round(view.rotation[:, 2], 6).tolist(),
        "camera_height": round(float(view.eye[2]), 4),
        "joint_names": JOINTS,
        "heights": heights,
        "frames": numbers,
        "joints_camera_mm": joints,
        "joint_visibility": visibility,
        "keypoint_names": KEYPOINTS,
        "keypoints_px": keypoints,
        "keypoint_visibility": keypoint_visibility,
    }
    path.with_suffix(".json").write_text(json.dumps(content, separators=(",", ":")))
