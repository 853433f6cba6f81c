"""All that can be found: the tagged unions of the topics ``signals`` and ``port-signals``."""

from schemas.risk_signals import ChurnRisk
from schemas.signals import BucketSignals, PortSignals
from schemas.window_signals import WindowSignals

OnSignals = BucketSignals | WindowSignals | ChurnRisk
"""All that is on the topic ``signals``."""
OnPortSignals = PortSignals | ChurnRisk
"""All that is on the topic ``port-signals``."""
Signal = OnSignals | OnPortSignals
