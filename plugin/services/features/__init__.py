"""The features that are computed: one object each, listed in ``FEATURES``, all with the same two methods.

Importing this needs the core alone; numpy, scipy and scikit-learn are asked for when something is computed.
"""

from __future__ import annotations

from .computation import Computation, FeatureComputation
from .connections import Connections
from .mentorship import Mentorship

FEATURES: tuple[FeatureComputation, ...] = (Connections(), Mentorship())

__all__ = ["FEATURES", "Computation", "Connections", "FeatureComputation", "Mentorship"]
