"""People of clips who are helped as they go: on a walking frame or a cane with a helper beside, or in a wheelchair.

Their bodies are posed anew at every moment: arms reach by inverse kinematics for what they hold.
"""

import numpy as np

from mocap_ros.synthesis.aided import WHEELCHAIR_ARMS
from mocap_ros.synthesis.aids import cane, FOOTREST, HANDLES, walking_frame, wheelchair
from mocap_ros.synthesis.care_places import body_at, hold, Place, seat_of, UP
from mocap_ros.synthesis.contact import KNUCKLES, reach_ahead
from mocap_ros.synthesis.directions import unit
from mocap_ros.synthesis.performance import cycle_of, Gesturer
from mocap_ros.synthesis.pose import bend_trunk, set_leg, turn_head
from mocap_ros.synthesis.seated_poses import sitting
from mocap_ros.synthesis.solids import placed
from mocap_ros.synthesis.upright_poses import walking_at

BREADTH = 1.0  # [m] beside and behind their way that two people need
AIDS = ("walking frame", "wheelchair", "cane")
SPEEDS = {"walking frame": (0.4, 0.6), "wheelchair": (0.6, 0.9), "cane": (0.45, 0.7)}  # m/s
BESIDE, BEHIND = (0.52, 0.6), 0.1  # [m] of a helper from who is helped: to the side, and behind
LAG = 0.35  # [m] by which who pushes turns later than the wheelchair
HANDLE = 0.5  # height of a walking frame's handles, shares of the standing height
CANE, CANE_AHEAD, STANDS, LIFT = 0.5, 0.42, 0.6, 0.06  # its length, share of the height; [m] planted ahead; share of a
# cycle in which it stands; [m] by which it is lifted


class CareWalk:
    """Two people on a way to and fro, one of them helped by an aid and by the other.

    Args:
        wardrobe: Wardrobe.
        aid: one of AIDS.
        players: (Character, Look) of who is helped and of who helps.
        way: performance.Way.
        seconds: for how long.
    """

    def __init__(self, wardrobe, aid, players, way, seconds, generator):
        self.wardrobe, self.aid, self.players, self.way = wardrobe, aid, players, way
        self.speed, self.start = generator.uniform(*SPEEDS[aid]), generator.uniform(0, way.length)
        self.side = int(generator.choice([-1, 1]))  # on which the helper walks, 1 is the left
        self.beside, self.bend = generator.uniform(*BESIDE), generator.uniform(0.1, 0.4)
        self.gaits = [cycle_of(character.height, self.speed) for character, _ in players]
        self.phases, self.sway = generator.random(2), generator.uniform(0, 2 * np.pi, 4)
        self.on_back = generator.random() < 0.5
        self.half = generator.uniform(0.24, 0.29)  # [m] of a walking frame's breadth
        self.ahead = generator.uniform(0.3, 0.38) * players[0][0].height / 1.7
        if aid == "wheelchair":
            base, _ = sitting(generator, WHEELCHAIR_ARMS)
            for side in "lr":
                set_leg(base, side, 1.45, 0.05, 0.05, 1.3, 0.0)
            self.sitter = Gesturer([0, 0], 0.0, True, seconds, generator, base)
            seat = seat_of(body_at(wardrobe, players[0], base, Place(np.zeros(2), 0.0, 0.0), FOOTREST))
            self.solid = wheelchair(seat, generator)
        elif aid == "walking frame":
            self.solid = walking_frame(HANDLE * players[0][0].height, self.half, generator)

    def at(self, time):
        """PlacedPersons (who is helped first) and the aid as a solid, at `time` [s]."""
        distance = self.start + self.speed * time
        where = Place(self.way.place(distance), self.way.heading(distance), 0.0)
        play = {"walking frame": self._on_frame, "wheelchair": self._in_wheelchair, "cane": self._with_cane}[self.aid]
        return play(where, distance, time)

    def _looking(self, number, time):
        """How far somebody looks to the left [rad], slowly changing."""
        return 0.25 * np.sin(0.7 * time + self.sway[number]) + 0.15 * np.sin(1.7 * time + self.sway[number + 2])

    def _walking(self, number, where, distance, time, look=0.0, bend=0.06):
        """The Body of one of the two who walks there."""
        cycle, stride = self.gaits[number]
        local = walking_at((distance / cycle + self.phases[number]) % 1, stride)
        bend_trunk(local, bend, 0.0, 0.0)
        turn_head(local, 0.1, look + self._looking(number, time), 0.0)
        body = body_at(self.wardrobe, self.players[number], local, where)
        body.person()
        return body

    def _helper(self, patient, where, distance, time):
        """The PlacedPerson who walks beside, a hand at the other's elbow or back."""
        place = where.place + (self.side * self.beside * where.left - BEHIND * where.ahead)[:2]
        helper = self._walking(1, Place(place, where.yaw, where.floor), distance, time, -0.5 * self.side)
        near, other = ("r", "l") if self.side > 0 else ("l", "r")
        points = patient.points()
        if self.on_back:
            helper.reach(near, points["spine"] - 0.16 * where.ahead + 0.06 * UP, [0.6, 0.8, -0.3])
        else:
            helper.reach(near, points[f"{other}_elbow"] + self.side * 0.07 * where.left, [0.7, 0.8, -0.5])
        return helper.person()

    def _on_frame(self, where, distance, time):
        patient = self._walking(0, where, distance, time, bend=self.bend)
        handles = where.at(HANDLE * patient.character.height) + self.ahead * where.ahead
        hold(patient, {side: handles + sign * self.half * where.left + 0.03 * UP - 0.06 * where.ahead
                       for side, sign in (("l", 1), ("r", -1))})
        solid = placed(self.solid, [*handles[:2], where.floor], where.yaw)
        return [patient.person(), self._helper(patient, where, distance, time)], solid

    def _in_wheelchair(self, where, distance, time):
        local = self.sitter.at(time).pose.local.copy()
        sitter = body_at(self.wardrobe, self.players[0], local, where, FOOTREST)
        middle = where.at(HANDLES[2] + 0.02) - where.ahead * HANDLES[1]
        later = Place(where.place, self.way.heading(distance - LAG), where.floor)
        pusher = self._walking(1, later, distance, time, bend=self.bend)
        pusher.place = (middle - later.ahead * 0.92 * reach_ahead(pusher, middle[2], later.ahead))[:2]
        hold(pusher, {side: middle + sign * where.left * HANDLES[0] - later.ahead * KNUCKLES * 0.8
                      for side, sign in (("l", 1), ("r", -1))})
        return [sitter.person(), pusher.person()], placed(self.solid, where.at(), where.yaw)

    def _with_cane(self, where, distance, time):
        patient = self._walking(0, where, distance, time, bend=0.7 * self.bend)
        side, sign = ("r", -1) if self.side > 0 else ("l", 1)  # away from the helper
        cycle, length = self.gaits[0][0], CANE * patient.character.height
        share = (distance / cycle + self.phases[0] + 0.3) % 1
        step = max(0.0, (share - STANDS) / (1 - STANDS))
        planted = distance - share * cycle + CANE_AHEAD + step * cycle
        foot = np.array([*self.way.place(planted), where.floor + LIFT * np.sin(np.pi * step)])
        foot += 0.24 * sign * where.left
        grip = foot + length * unit(UP + where.ahead * 0.5 * (distance - planted + 0.2) / length)
        patient.curl[:] = 0.9
        patient.reach(side, grip - KNUCKLES * unit(where.ahead - 0.7 * UP), [0.7, 0.8, -0.2])
        person = patient.person()
        hand = patient.points()[f"{side}_hand"]
        top = foot + length * unit(hand - foot)
        return [person, self._helper(patient, where, distance, time)], cane(top, foot)
