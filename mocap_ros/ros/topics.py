"""Quality of service of the package's topics, and the image subscription that both transports share."""

from copy import copy

from rclpy.qos import DurabilityPolicy, HistoryPolicy, qos_profile_sensor_data, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mocap_ros.ros.image_bytes import read_image
from mocap_ros.ros.image_conversions import compressed_to_bgr, image_to_bgr

RESULTS = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE)
BODIES = IMAGES = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=10, reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=1, reliability=ReliabilityPolicy.RELIABLE,
                     durability=DurabilityPolicy.TRANSIENT_LOCAL)


def sensor_qos():
    """A profile for sensor data, new every time: rclpy writes a user's overrides into the one that it is given."""
    return copy(qos_profile_sensor_data)


def subscribe_images(node, transport, callback):
    """A subscription of `image` with sensor QoS, which users may override, and the function that decodes its messages.

    Args:
        node: rclpy Node.
        transport: "raw" (Image on `image`) or "compressed" (CompressedImage on `image/compressed`).
        callback: called with each message; of an Image with what is needed of it, see image_bytes.

    Returns:
        (subscription, decode): decode(message) gives (H, W, 3) uint8 BGR or raises ImageError.
    """
    overrides = QoSOverridingOptions.with_default_policies()
    if transport == "compressed":
        topic = f"{node.resolve_topic_name('image')}/compressed"  # a remapped `image` takes its transport along
        subscription = node.create_subscription(CompressedImage, topic, callback, sensor_qos(),
                                                qos_overriding_options=overrides)
        return subscription, compressed_to_bgr
    subscription = node.create_subscription(Image, "image", lambda received: callback(read_image(received)),
                                            sensor_qos(), qos_overriding_options=overrides, raw=True)
    return subscription, image_to_bgr


def subscribe_camera_info(node, callback):
    """A subscription of `camera_info` with sensor QoS, which users may override."""
    return node.create_subscription(CameraInfo, "camera_info", callback, sensor_qos(),
                                    qos_overriding_options=QoSOverridingOptions.with_default_policies())
