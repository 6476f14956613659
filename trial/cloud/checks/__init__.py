"""Every check, in the order in which they are made."""

from trial.cloud.check import Check
from trial.cloud.checks import alerts, attempts, entrances, grants, made, photos, waiting

# The budget comes before all other photos: until then nothing may be paid. It sets off the alert,
# whose query looks back for a quarter of an hour.
EVERY: tuple[Check, ...] = (
    *made.FIRST,
    *entrances.CHECKS,
    *grants.CHECKS,
    waiting.BUDGET,
    alerts.ALERT,
    *photos.CHECKS,
    waiting.REFUSALS,
    *attempts.CHECKS,
    made.BIGQUERY,
    photos.ERASE,
)
