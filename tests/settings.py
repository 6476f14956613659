"""Settings that every function starts with."""

SOUND = {
    "UPLOADS_BUCKET": "uploads",
    "RESULTS_BUCKET": "results",
    "STATE_BUCKET": "state",
    "COPIES_BUCKET": "copies",
    "GOOGLE_CLOUD_PROJECT": "studio-1",
    "TOPIC_PREFIX": "darkroom",
    "MODEL": "gemini-3.8-flash",
    "TASKS_QUEUE": "projects/studio-1/locations/here/queues/webhooks",
    "NOTIFY_URL": "https://notify.example",
}
