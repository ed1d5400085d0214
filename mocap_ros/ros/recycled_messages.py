"""Message objects that are filled again for every image: rclpy takes longer to make them than all else with them."""


class RecycledMessages:
    """Message classes, as motion_export/messages.py takes them, whose objects are used again after `restart`.

    Whoever fills them must name every field, and be done with the message before the next `restart`.

    Args:
        types: namespace of rclpy's message classes.
    """

    def __init__(self, types):
        self._makers = {name: _Maker(kind) for name, kind in vars(types).items()}
        vars(self).update(self._makers)

    def restart(self):
        """From now on all objects handed out so far are free."""
        for maker in self._makers.values():
            maker.used = 0


class _Maker:
    """Stands for one message class: called, it hands out an object; its constants are the class's."""

    def __init__(self, kind):
        self.used = 0
        self._kind, self._objects = kind, []

    def __getattr__(self, constant):
        return getattr(self._kind, constant)

    def __call__(self, **fields):
        if self.used == len(self._objects):
            self._objects.append(self._kind())
        message = self._objects[self.used]
        self.used += 1
        for name, value in fields.items():
            setattr(message, name, value)
        return message
