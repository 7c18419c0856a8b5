"""Work on many machines: a Ray cluster that is there, and tasks that survive its losses."""

from sesr_app.cluster.connect import connected
from sesr_app.cluster.process import Caller, check_version, limit_threads
from sesr_app.cluster.spread import Spread, TaskAnswer

__all__ = ["Caller", "Spread", "TaskAnswer", "check_version", "connected", "limit_threads"]
