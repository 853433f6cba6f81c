"""The release that made a decision, named in every output as ``decided_by.build``."""

from typing import Final

VERSION: Final = "0.1.0"
