"""Starts, spins and ends a node: one line instead of a traceback for what the user can mend."""

import signal
import sys
import traceback

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions

from mocap_ros.datatypes.errors import MocapError
from mocap_ros.pipeline.memory import keep_large_blocks

AUTOSTART = "autostart"
SWITCH = 0.0005  # s after which Python lets a waiting thread go on; by default the network's waits ten times as long


def run_node(make_node, arguments=None):
    """Runs a lifecycle node until SIGINT or SIGTERM; returns the exit status: 0 ended, 2 for what the user can mend.

    With the parameter `autostart` (default true) the node configures and activates itself, else it waits for a
    lifecycle manager. A node ends by itself when its `finished` is True, and goes on after a signal while its
    `unfinished_work()` is True.

    Args:
        make_node: called without arguments after rclpy.init; returns the LifecycleNode.
        arguments: command line, sys.argv if None.
    """
    sys.setswitchinterval(SWITCH)
    keep_large_blocks()
    rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    stop = StopSignal()
    node = executor = None
    try:
        node = make_node()
        if node.declare_parameter(AUTOSTART, True).value:
            for start in (node.trigger_configure, node.trigger_activate):
                if start() != TransitionCallbackReturn.SUCCESS:
                    return 2
        executor = make_executor()
        executor.add_node(node)
        while not node.finished and (not stop.came or node.unfinished_work()):
            executor.spin_once(timeout_sec=0.1)
        return node.exit_status
    except MocapError as error:
        print(f"mocap_ros: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if node is not None:
            node.close()
            node.destroy_node()
        if executor is not None:
            executor.shutdown(timeout_sec=1)
        rclpy.try_shutdown()


def make_executor():
    """rclpy's executor that waits for events, where it has one (since Jazzy), else the one that asks all in turn.

    The latter takes 0.25 ms from an image's arrival to its callback, the former next to nothing.
    """
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        return SingleThreadedExecutor()
    return EventsExecutor()


class StopSignal:
    """`came` is True after the first SIGINT or SIGTERM; the second one interrupts at once."""

    def __init__(self):
        self.came = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))  # the demo starts us with both held

    def _stop(self, number, frame):
        if self.came:
            raise KeyboardInterrupt
        self.came = True


def transition(node, action):
    """Runs one lifecycle transition's `action`; a MocapError is logged as one line and makes it fail."""
    try:
        action()
    except MocapError as error:
        node.get_logger().error(str(error))
        return TransitionCallbackReturn.FAILURE
    except Exception:  # rclpy would swallow it
        node.get_logger().error(traceback.format_exc())
        return TransitionCallbackReturn.ERROR
    return TransitionCallbackReturn.SUCCESS
