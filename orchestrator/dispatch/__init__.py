"""Who carries a message, and how fast: the providers' accounts, their shares, breakers and paces.

accounts   what kairos.yaml lists: adapters, made when first needed
plan       for one batch: which account each message goes to, or until when it waits
dispatch   the calls, each account's beside the others', and what is learnt from their answers
"""

from channels.transport import ABREAST
from orchestrator.dispatch.accounts import Account
from orchestrator.dispatch.dispatcher import Dispatcher, Handed
from orchestrator.dispatch.plan import BEGIN, Plan

__all__ = ["ABREAST", "BEGIN", "Account", "Dispatcher", "Handed", "Plan"]
