"""All that can be found: the tagged unions of the topics ``signals`` and ``port-signals``."""

from schemas.signals import BucketSignals, PortSignals
from schemas.window_signals import WindowSignals

OnSignals = BucketSignals | WindowSignals
"""All that is on the topic ``signals``."""
Signal = OnSignals | PortSignals
