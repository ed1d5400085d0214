"""What is timed in turn."""

from mocap_ros.pipeline.timing import time_in_turn


def test_functions_are_called_in_turn_and_the_first_calls_are_not_counted():
    called = []
    took = time_in_turn([lambda: called.append("a"), lambda: called.append("b")], repeats=3, warm_up=2)
    assert "".join(called) == 5 * "ab"
    assert took.shape == (2, 3) and (took >= 0).all()
