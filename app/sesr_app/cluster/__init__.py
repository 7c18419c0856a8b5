"""Work on many machines: a Ray cluster that is there, and tasks that survive its losses."""

from sesr_app.cluster.connect import connected
from sesr_app.cluster.process import Caller, limit_threads
from sesr_app.cluster.spread import Spread, TaskAnswer

__all__ = ["Caller", "Spread", "TaskAnswer", "connected", "limit_threads"]
