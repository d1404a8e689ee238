"""Personal data in versions: what blocks opening until it is decided, and de-identification (Art. 26, 36)."""

from __future__ import annotations

from opendata.privacy.gate import must_be_decided, undecided_refresh

__all__ = ["must_be_decided", "undecided_refresh"]
