"""Starts, spins and ends a node: one line instead of a traceback for what the user can mend."""

import sys
import traceback

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import TransitionCallbackReturn

from mocap_ros.datatypes.errors import MocapError

AUTOSTART = "autostart"


def run_node(make_node, arguments=None):
    """Runs a lifecycle node until it is interrupted; returns the exit status: 0 ended, 2 for what the user can mend.

    With the parameter `autostart` (default true) the node configures and activates itself, else it waits for a
    lifecycle manager. A node that sets `finished` to True ends by itself.

    Args:
        make_node: called without arguments after rclpy.init; returns the LifecycleNode.
        arguments: command line, sys.argv if None.
    """
    rclpy.init(args=arguments)
    node = None
    try:
        node = make_node()
        if node.declare_parameter(AUTOSTART, True).value:
            for transition in (node.trigger_configure, node.trigger_activate):
                if transition() != TransitionCallbackReturn.SUCCESS:
                    return 2
        executor = rclpy.get_global_executor()
        executor.add_node(node)
        while rclpy.ok() and not getattr(node, "finished", False):
            executor.spin_once(timeout_sec=0.1)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except MocapError as error:
        print(f"mocap_ros: {error}", file=sys.stderr)
        return 2
    finally:
        if node is not None:
            node.close()
            node.destroy_node()
        rclpy.try_shutdown()
    return 0


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
