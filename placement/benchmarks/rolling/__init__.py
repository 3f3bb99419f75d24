"""Planning again hour by hour over weeks in which jobs arrive, sites fail and runs take as long as they take.

A world (`world`) is the same for all who plan in it (`planning`, `queueing`); what they did (`truth`) is priced by one
plain account (`account`), beside what nobody can do better than (`clairvoyant`).
"""

from placement.benchmarks.rolling.contest import Contest as Contest
from placement.benchmarks.rolling.contest import Contestant as Contestant
from placement.benchmarks.rolling.contest import contest as contest
from placement.benchmarks.rolling.world import Failure as Failure
from placement.benchmarks.rolling.world import Site as Site
from placement.benchmarks.rolling.world import Work as Work
from placement.benchmarks.rolling.world import World as World
