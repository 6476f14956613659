"""The buckets of the backlogs that are checked in: a job's key depends on them."""

BUCKETS = {
    "UPLOADS_BUCKET": "uploads-of-yesterday",
    "RESULTS_BUCKET": "results-of-yesterday",
    "STATE_BUCKET": "state-of-yesterday",
}
