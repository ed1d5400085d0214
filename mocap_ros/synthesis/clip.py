"""Clips: a room or street with people who keep their looks, drawn frame by frame with exact labels."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.synthesis.actors import Actor, ground_of, ground_of_way, settled, stand_actor
from mocap_ros.synthesis.camera_motion import AIMED, MovingCamera, smear_px
from mocap_ros.synthesis.carriers import CARRIERS, STILL
from mocap_ros.synthesis.care_walks import AIDS, BREADTH, CareWalk
from mocap_ros.synthesis.children import CARRIED_HEIGHT
from mocap_ros.synthesis.choreography import care_loops, in_uniform, passing_walkers, PERIOD, walking_loops
from mocap_ros.synthesis.clearance import ground_taken
from mocap_ros.synthesis.clip_sets import room_set, street_set
from mocap_ros.synthesis.clothing import dress
from mocap_ros.synthesis.drawing import draw
from mocap_ros.synthesis.furnishing import furnish_room, furnish_street
from mocap_ros.synthesis.labels import Labels, label_people, with_chains
from mocap_ros.synthesis.performance import Gesturer, Performer, Walker, Way
from mocap_ros.synthesis.scene import Later, PlacedSolid, Scene, View, view_toward
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
WALL, BEHIND = 0.6, 1.4  # [m] from the widest way to the walls beside it and behind it
CAMERA_GROUND = np.array([[-0.7, -1.6, 0.0], [0.7, 1.3, 3.0]])  # [m] where a carried camera comes by
EXPOSURE = 0.01  # [s] of each row, by which a moving camera's picture is smeared


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame: image (H, W, 3) uint8 BGR, Labels, time [s], View when the middle row was exposed."""

    image: np.ndarray
    labels: Labels
    time: float
    view: View


class Stage:
    """A set with actors and a camera.

    Args:
        wardrobe: Wardrobe.
        takes: recorded movements, assets.Take by name.
        seconds: length of the clip.
        people: number of actors.
        seed: same seed, same clip.
        outdoors: True for a street, False for a room.
        staging: one of stagings.STAGINGS; "mixed" has people who walk, gesture, repeat a recording and sit;
            "recordings" only people who repeat recordings, one behind the other, so that feet stand as real feet do;
            "throng" walkers who pass each other near by; "care" pairs of whom one is helped, see CareWalk.
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
        self.solids, self.actors, self.care_walks, self._aids = [], [], [], []
        if staging == "mixed":
            self._place_mixed(takes, seconds, people)
        elif staging == "recordings":
            self._place_recordings(takes, seconds, people)
        elif staging == "care":
            self._place_care(seconds, people)
        elif staging == "throng":
            self._place_walkers(passing_walkers(people, WIDTH / 2 / focal, generator), PERIOD)
        else:
            loops = walking_loops(staging, people, WIDTH / 2 / focal, generator)
            self._place_walkers([(Way(corners), None) for corners in loops])
        if same_clothes:
            self._dress_alike()
        if staging == "exits":
            self._add_pillar()
        self._furnish(outdoors, seconds)

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
                performance = Walker(Way(corners), character.height, speed, generator)
            elif kind == "record":
                take = takes[names[generator.integers(len(names))]]
                performance = Performer(
                    take, spot, generator.uniform(-0.6, 0.6), character.height / 1.75, seconds, generator
                )
            else:
                performance = Gesturer(spot, generator.normal(0, 0.4), kind == "sit", seconds, generator)
            actor = settled(wardrobe, Actor(character, look, performance, 0.0), seconds)
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
            self.actors.append(settled(self.wardrobe, Actor(character, look, performance, 0.0), seconds))

    def _place_walkers(self, ways, period=None):
        """Everybody walks a way of their own; walls stand back behind the widest.

        Args:
            ways: Ways and where on them to begin [m] or None.
            period: in which everybody gets around once [s]; None for any speed.
        """
        for way, start in ways:
            character = dress(self.wardrobe, self.generator)
            look = draw_look(self.stock, character, self.generator)
            speed = self.generator.uniform(0.9, 1.5) if period is None else way.length / period
            performance = Walker(way, character.height, speed, self.generator, start)
            self.actors.append(Actor(character, look, performance, 0.0))
        self._widen([way.place(np.linspace(0, way.length, 50)) for way, _ in ways])

    def _widen(self, places):
        """Moves walls back until they stand behind all places, list of (N, 2) [m]."""
        places, around = np.concatenate(places), self.surroundings
        reach, low, high = np.abs(places[:, 0]).max() + WALL, around.low.copy(), around.high.copy()
        low[0], high[0] = min(low[0], -reach), max(high[0], reach)
        high[1] = max(high[1], places[:, 1].max() + BEHIND)
        self.surroundings = replace(around, low=low, high=high)

    def _draw_player(self):
        """A Character who needs no arm to be carried and carries nothing, and its Look."""
        while True:
            character = dress(self.wardrobe, self.generator, carrying=False)
            if character.height > CARRIED_HEIGHT:
                return character, draw_look(self.stock, character, self.generator)

    def _place_care(self, seconds, people):
        """Pairs of whom one is helped go to and fro; who is left over stands behind them."""
        generator, places = self.generator, []
        aids = generator.permutation(AIDS)
        for number, corners in enumerate(care_loops(people // 2, generator)):
            players, way = [self._draw_player(), self._draw_player()], Way(corners)
            self.care_walks.append(CareWalk(self.wardrobe, str(aids[number]), players, way, seconds, generator))
            self._aids.append(self._as_placed(self.care_walks[-1].at(0)[1], self.stock.grounds, [0.6, 0.6, 0.62]))
            places.append(corners)
        deepest = np.concatenate(places)[:, 1].max()
        for _ in range(people % 2):
            spot = np.array([generator.uniform(-1.5, 1.5), deepest + 1.3])
            character, look = self._draw_player()
            self.actors.append(Actor(character, look, Gesturer(spot, 0.0, False, seconds, generator), 0.0))
            places.append(spot[None])
        self._widen(places)

    def _dress_alike(self):
        """Gives everybody the clothes of the first one."""
        looks = [actor.look for actor in self.actors] or [self.care_walks[0].players[0][1]]
        self.actors = [replace(actor, look=in_uniform(actor.look, looks[0])) for actor in self.actors]
        for walk in self.care_walks:
            walk.players = [(character, in_uniform(look, looks[0])) for character, look in walk.players]

    def _add_pillar(self):
        """A pillar near the camera that hides whoever passes behind it."""
        place = [self.generator.uniform(-0.6, 0.6), 1.9, 0]
        self._add_solid(placed(box([0, 0, 1.4], [0.3, 0.3, 2.8]), place, 0.3), self.stock.grounds, [0.8, 0.8, 0.8])

    def _as_placed(self, solid, span, tint):
        return PlacedSolid(solid, int(self.generator.integers(*span)), 1.0, np.asarray(tint, float), 0.05)

    def _add_solid(self, solid, span, tint):
        self.solids.append(self._as_placed(solid, span, tint))

    def _add_seat(self, actor, spot):
        person = stand_actor(self.wardrobe, actor, 0.0)
        height = float(person.vertices[actor.character.seat_vertices, 2].min())
        yaw = actor.performance.yaw
        self._add_solid(placed(chair(height, self.generator), [*spot, 0], yaw), self.stock.grounds, [0.7, 0.6, 0.5])

    def _furnish(self, outdoors, seconds):
        """Furniture at the back, and things where nobody comes by and none hides anybody."""
        wood, back = self.stock.grounds, self.surroundings.high[1]
        if not outdoors:
            self._add_solid(placed(table(0.74, self.generator), [-2.0, back - 0.6, 0], 0.1), wood, [0.8, 0.65, 0.5])
            shelf = [2.4, back - 0.25, 0]
            self._add_solid(placed(box([0, 0, 0.9], [1.2, 0.35, 1.8]), shelf, 0), wood, [0.75, 0.7, 0.65])
            for z in (0.35, 0.8, 1.25, 1.65):
                books = placed(box([0, -0.15, z], [1.1, 0.1, 0.25]), [2.4, back - 0.3, 0], 0)
                self._add_solid(books, self.stock.cloths, [0.6, 0.6, 0.6])
        walked = [room for actor in self.actors for room in ground_of(self.wardrobe, actor, seconds)]
        walked += [room for walk in self.care_walks for room in ground_of_way(walk.way, BREADTH)]
        taken = [*walked, *ground_taken([], self.solids), CAMERA_GROUND]
        furnish = furnish_street if outdoors else furnish_room
        self.solids += furnish(
            self.stock, self.surroundings, taken, len(walked), self.view, self.generator, hiding=0.0)

    def cast(self, time):
        """PlacedPersons and PlacedSolids at `time` [s], tuples; what moves comes last."""
        people = [stand_actor(self.wardrobe, actor, time) for actor in self.actors]
        solids = list(self.solids)
        for walk, aid in zip(self.care_walks, self._aids):
            pair, solid = walk.at(time)
            people += pair
            solids.append(replace(aid, solid=solid))
        return tuple(people), tuple(solids)

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
            (people, solids), view, later = self.cast(time), self.view_at(time), None
            if self.readout > 0:
                after = time + self.readout / 2
                later = Later(self.view_at(after), *self.cast(after))
            scene = Scene(view, people, solids, self.light, self.surroundings, None, 0.0, 0.0, later)
            drawing = draw(scene, self.stock, lambda stage: None)
            if gain is None:
                gain = 0.3 / float(drawing.image.mean())
            image = as_steady_picture(self._smeared(drawing.image, time), gain, self.stock.grain, self.generator)
            labels, = with_chains([label_people(scene, drawing, self.wardrobe)])
            yield Frame(image, labels, time, view)
