"""What the engine needs of the world: small ports, and the values that cross them.

`Records` is the truth (SQL): what was accepted, decided, handed over and reported. `Touches` is the hot state (Redis): each
person's recent touches, claimed by compare-and-set. `Health` is what all workers know together of the providers. Behind each
stand in-memory fakes that ship (replay, preview and tests run on them); one test body holds fakes and real stores to the
same behaviour.
"""

from orchestrator.ports.desk import KEPT, Answer, ApiKey, Backlog, Confirmation, Deed, Desk
from orchestrator.ports.goals import BURST, Aim, Group, Tally
from orchestrator.ports.health import PATIENCE, SKEW, Demand, Grant, Health, Limit, Rates, Slot, Vitals
from orchestrator.ports.messages import (
    TERMINAL,
    Attempt,
    Later,
    Queue,
    Recheck,
    Record,
    Route,
    Settlement,
    Start,
    State,
    Stuck,
    departing,
    outgoing,
)
from orchestrator.ports.records import (
    COMPANY,
    NONE_IN_VAIN,
    REPORTS,
    Away,
    Break,
    Chain,
    Link,
    Outlook,
    Overtaken,
    ProfileUpdate,
    Records,
    Superseded,
    Unfit,
)
from orchestrator.ports.replies import Reply, Verdict
from orchestrator.ports.retention import Keeper, Kept, Step
from orchestrator.ports.rights import Rights
from orchestrator.ports.stops import NOTHING_STOPPED, SELDOM, Stop, Stops
from orchestrator.ports.touches import Change, Touches

__all__ = [
    "BURST",
    "COMPANY",
    "KEPT",
    "NONE_IN_VAIN",
    "NOTHING_STOPPED",
    "PATIENCE",
    "REPORTS",
    "SELDOM",
    "SKEW",
    "TERMINAL",
    "Aim",
    "Answer",
    "ApiKey",
    "Attempt",
    "Away",
    "Backlog",
    "Break",
    "Chain",
    "Change",
    "Confirmation",
    "Deed",
    "Demand",
    "Desk",
    "Grant",
    "Group",
    "Health",
    "Keeper",
    "Kept",
    "Later",
    "Limit",
    "Link",
    "Outlook",
    "Overtaken",
    "ProfileUpdate",
    "Queue",
    "Rates",
    "Recheck",
    "Record",
    "Records",
    "Reply",
    "Rights",
    "Route",
    "Settlement",
    "Slot",
    "Start",
    "State",
    "Step",
    "Stop",
    "Stops",
    "Stuck",
    "Superseded",
    "Tally",
    "Touches",
    "Unfit",
    "Verdict",
    "Vitals",
    "departing",
    "outgoing",
]
