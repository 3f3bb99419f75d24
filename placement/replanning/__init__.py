"""Planning again within a horizon: what was is history, what runs stays or moves, the rest is planned anew."""

from placement.replanning.churn import Churn as Churn
from placement.replanning.replan import Replanned as Replanned
from placement.replanning.replan import replan as replan
from placement.replanning.replan import replanned as replanned
