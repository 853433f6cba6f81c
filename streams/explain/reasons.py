"""Why an offer was not made, in words."""

from typing import Final

from schemas.messages import SuppressionReason as Reason

REASONS: Final = {
    Reason.NOT_ACTIVE: "the subscriber is not active",
    Reason.ENTERPRISE: "the account is not a person's: its manager has a task instead",
    Reason.UNDER_AGE: "the subscriber is not of age",
    Reason.UNKNOWN_AGE: "the subscriber's age is not known",
    Reason.NO_CONSENT: "there is no consent to commercial messages",
    Reason.NO_PROFILING_CONSENT: "profiling was not agreed to and is what led here",
    Reason.DO_NOT_DISTURB: "the subscriber does not want to be disturbed",
    Reason.NO_CHANNEL: "no channel is agreed to",
    Reason.OPEN_COMPLAINT: "a complaint is open: service comes first",
    Reason.OPEN_FAULT: "a fault is open: service comes first",
    Reason.REFUSED_LATELY: "an offer was refused not long ago",
    Reason.REFUSED_FOR_GOOD: "offers were refused often enough",
    Reason.SAID_LATELY: "the same was offered not long ago",
    Reason.DAY_CAP: "there was an offer within a day already",
    Reason.WEEK_CAP: "there were as many offers as a week may have",
    Reason.MONTH_CAP: "there were as many offers as a month may have",
    Reason.QUIET_HOURS: "it is the quiet hours",
    Reason.NO_ADDON: "the catalogue has no add-on that fits",
    Reason.PERIOD_ENDED: "the billing period is over",
    Reason.OUTRANKED: "another offer is worth more",
    Reason.CAUSE_RESOLVED: "what led to it is true no more",
    Reason.PLAN_CHANGED: "the plan is another one now",
    Reason.CARE_FIRST: "a person is to ask first what is wrong",
    Reason.NAMES_OPERATOR: "a name of the catalogue in it is another operator's",
}
"""Of every reason that is written: what is blocked is not."""
