"""Clips: a room or street with people who keep their looks, drawn frame by frame with exact labels."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.camera_motion import AIMED, MovingCamera, smear_px
from mocap_ros.synthesis.carriers import CARRIERS, STILL
from mocap_ros.synthesis.choreography import in_uniform, walking_loops
from mocap_ros.synthesis.clip_sets import room_set, street_set
from mocap_ros.synthesis.clothing import dress
from mocap_ros.synthesis.drawing import draw
from mocap_ros.synthesis.labels import Labels, label_people, with_chains
from mocap_ros.synthesis.performance import Gesturer, Performer, Walker
from mocap_ros.synthesis.scene import Later, PlacedSolid, Scene, View, moved, place_person, view_toward
from mocap_ros.synthesis.sensor import as_steady_picture, smeared
from mocap_ros.synthesis.solids import box, chair, placed, table
from mocap_ros.synthesis.stock import Photographs, draw_look, make_stock

WIDTH, HEIGHT, RATE = 640, 360, 25.0
LEVEL = 0.35  # [m] a take whose pelvis rises and falls by more is climbing or falling
ROOMY = 2.8  # [m] a take that covers more ground would leave the picture
# Places on the floor [m]: who stays where it is stands between the lanes of those who walk or behind them.
SPOTS = {"rest": [[-1.25, 3.15], [1.3, 3.15], [-1.5, 5.6]], "record": [[0.3, 5.4], [1.6, 5.5]]}
LANES = [[-1.9, 4.0], [1.9, 3.9], [2.1, 4.5], [-1.9, 4.6]], [[-1.6, 2.15], [1.6, 2.1], [1.7, 2.4], [-1.6, 2.45]]
FIELD_OF_VIEW = np.deg2rad(54)  # vertical
EXPOSURE = 0.01  # [s] of each row, by which a moving camera's picture is smeared


@dataclass(frozen=True, eq=False)
class Actor:
    """A character with its look, what it does, and the pelvis height [m] that sets a recorded take on the floor."""

    character: object
    look: object
    performance: object
    lift: float


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame: image (H, W, 3) uint8 BGR, Labels, time [s], View when the middle row was exposed."""

    image: np.ndarray
    labels: Labels
    time: float
    view: View


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
    """A set with actors and a camera.

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
        readout: time from the first row's exposure to the last one's [s]; the middle row is of the frame's own time.
        camera: one of carriers.CAMERAS.

    Attributes:
        view: View of a still camera; of a moving one only its size and focal length are used.
        camera: MovingCamera, None where it is still.
    """

    def __init__(self, wardrobe, takes, seconds, people, seed, outdoors=False, staging="mixed", same_clothes=False,
                 readout=0.0, camera=STILL):
        self.rate, self.readout = RATE, readout
        self.wardrobe, self.generator = wardrobe, np.random.default_rng([seed, 77])
        generator = self.generator
        self.stock = make_stock(wardrobe, Photographs(None), generator, characters=0, grounds=4, facades=4, pictures=6)
        focal = HEIGHT / 2 / np.tan(FIELD_OF_VIEW / 2)
        self.view = view_toward(
            WIDTH, HEIGHT, focal, [0, 0, 1.5 if not outdoors else 2.2], -0.14 if not outdoors else -0.2
        )
        self.camera = None
        if camera != STILL:
            self.camera = MovingCamera(self.view, CARRIERS[camera], seconds, np.random.default_rng([seed, 78]))
        self.light, self.surroundings = (street_set if outdoors else room_set)(self.stock, generator)
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
                corners = np.array(LANES[number // 4]) + generator.normal(0, 0.08, (4, 2))
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

    def _people(self, time):
        return tuple(stand_actor(self.wardrobe, actor, time) for actor in self.actors)

    def view_at(self, time):
        """The View at `time` [s]."""
        return self.view if self.camera is None else self.camera.at(time)

    def _smeared(self, linear, time):
        """A picture smeared by what the camera moves while a row is exposed."""
        if self.camera is None:
            return linear
        views = [self.view_at(time + share * EXPOSURE) for share in (-0.5, 0.5)]
        return smeared(linear, smear_px(*views, AIMED[1]))

    def frames(self, seconds):
        """Yields the Frames of the clip."""
        gain = None
        for number in range(int(round(seconds * RATE))):
            time = number / RATE
            people, view, later = self._people(time), self.view_at(time), None
            if self.readout > 0:
                after = time + self.readout / 2
                later = Later(self.view_at(after), self._people(after))
            scene = Scene(view, people, tuple(self.solids), self.light, self.surroundings, None, 0.0, 0.0, later)
            drawing = draw(scene, self.stock, lambda stage: None)
            if gain is None:
                gain = 0.3 / float(drawing.image.mean())
            image = as_steady_picture(self._smeared(drawing.image, time), gain, self.stock.grain, self.generator)
            labels, = with_chains([label_people(scene, drawing, self.wardrobe)])
            yield Frame(image, labels, time, view)
