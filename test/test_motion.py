import numpy as np

from mocap_ros.geometry.rotation import rotvec_to_quaternion
from mocap_ros.motion_export.motion import at_times, even_times, Motion
from mocap_ros.motion_export.motion_store import BUFFERED, MotionStore
from people_scenes import RATE, walk


def test_even_times_bridge_gaps_on_a_straight_line():
    turn = np.array([[0, 0, 0.0], [0, 0, 0.1], [0, 0, 0.4]])
    motion = Motion("abcde", [0.0, 0.1, 0.4], np.ones(20), [[0, 0, 0], [1, 0, 0], [4, 0, 0]],
                    rotvec_to_quaternion(turn), np.outer([0, 0.1, 0.4], np.ones(23)))
    even = at_times(motion, even_times(motion, 10))
    assert np.allclose(even.times, [0, 0.1, 0.2, 0.3, 0.4])
    assert np.allclose(even.root_position[:, 0], range(5))
    assert np.allclose(even.angles[:, 7], [0, 0.1, 0.2, 0.3, 0.4])
    assert np.allclose(even.root_orientation, rotvec_to_quaternion(np.outer(range(5), [0, 0, 0.1])))


def test_an_even_motion_stays_as_it_is():
    motion = Motion("abcde", np.arange(9) / RATE, np.ones(20), np.zeros((9, 3)), np.tile([0, 0, 0, 1.0], (9, 1)),
                    np.zeros((9, 23)))
    assert even_times(motion) is motion.times
    same = at_times(motion, motion.times)
    assert np.array_equal(same.root_position, motion.root_position) and np.array_equal(same.angles, motion.angles)
    alone = Motion("abcde", [1.0], np.ones(20), np.zeros((1, 3)), [[0, 0, 0, 1]], np.zeros((1, 23)))
    assert at_times(alone, even_times(alone, 30)) is alone


def test_pieces_of_a_motion_are_those_of_the_whole():
    random = np.random.default_rng(0)
    times = np.cumsum(random.uniform(0.02, 0.06, 50))
    motion = Motion("abcde", times, np.ones(20), random.normal(size=(50, 3)),
                    rotvec_to_quaternion(random.normal(size=(50, 3))), random.normal(size=(50, 23)))
    even = even_times(motion)
    whole = at_times(motion, even)
    pieces = [at_times(motion, even[begin:begin + 7]) for begin in range(0, len(even), 7)]
    for name in ("times", "root_position", "root_orientation", "angles"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        assert np.abs(joined - getattr(whole, name)).max() < 1e-12


def test_the_store_gives_back_what_it_took_and_leaves_nothing_on_disk(tmp_path):
    store = MotionStore(tmp_path)
    frames = [walk(number) for number in range(60)]
    for frame in frames:
        store.add(frame)
    first, second = store.motions()
    assert (first.id, len(first), second.id, len(second)) == ("aaaaa", 60, "bbbbb", 30)
    people = [(frame.time, person) for frame in frames for person in frame.people if person.id == "bbbbb"]
    assert np.array_equal(second.times, [time for time, _ in people])
    for name in ("root_position", "root_orientation", "angles"):
        assert np.array_equal(getattr(second, name), [getattr(person, name) for _, person in people])
    assert np.array_equal(second.bone_lengths, people[-1][1].bone_lengths)
    assert store.begin == frames[0].time
    store.close()
    assert not list(tmp_path.iterdir())


def test_the_store_keeps_on_disk_what_would_fill_the_memory(tmp_path):
    store = MotionStore(tmp_path)
    for number in range(BUFFERED + 300):
        store.add(walk(0, begin=float(number)))
    assert sum(len(rows) for rows in store._waiting.values()) < BUFFERED
    motion, = store.motions()
    assert np.array_equal(motion.times, np.arange(BUFFERED + 300.0))
    store.close()


def test_an_instant_that_is_not_later_is_left_out(tmp_path):
    store = MotionStore(tmp_path)
    for begin in (5.0, 5.0, 3.0, 6.0):
        store.add(walk(0, begin))
    motion, = store.motions()
    assert motion.times.tolist() == [5.0, 6.0] and store.begin == 3.0
    store.close()
