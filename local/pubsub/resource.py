"""A Subscription resource to and from Settings."""

from urllib.parse import urlsplit

from local.emulator.errors import InvalidArgument, Unimplemented
from local.pubsub import names
from local.pubsub.settings import DeadLetter, RetryPolicy, Settings
from local.pubsub.wire import Proto, proto

# What can be updated.
UPDATABLE = frozenset(
    {
        "push_config",
        "ack_deadline_seconds",
        "retry_policy",
        "dead_letter_policy",
        "labels",
        "message_retention_duration",
        "retain_acked_messages",
        "expiration_policy",
    }
)
# Each changes what is delivered or how, so ignoring it would mislead.
_UNSUPPORTED = (
    "bigquery_config",
    "bigtable_config",
    "cloud_storage_config",
    "enable_exactly_once_delivery",
    "enable_message_ordering",
    "message_transforms",
)
_LONGEST_DEADLINE = 600  # seconds
_LONGEST_BACKOFF = 600.0
_DEFAULT_BACKOFF = (10.0, 600.0)


def requested(subscription: Proto) -> Settings:
    """The settings a client asks for. Raises InvalidArgument or Unimplemented."""
    _check_supported(subscription)
    return settings(subscription)


def settings(subscription: Proto) -> Settings:
    """The settings of a Subscription. Raises InvalidArgument."""
    names.check(subscription.name, "subscriptions")
    dead_letter = _dead_letter(subscription)
    resolved = proto("Subscription")()
    resolved.CopyFrom(subscription)
    resolved.ack_deadline_seconds = ack_deadline(subscription.ack_deadline_seconds or 10)
    resolved.state = resolved.ACTIVE
    if dead_letter is not None:
        resolved.dead_letter_policy.max_delivery_attempts = dead_letter.attempts
    return Settings(
        name=resolved.name,
        topic=resolved.topic,
        endpoint=_endpoint(resolved.push_config),
        filter=resolved.filter,
        ack_deadline=resolved.ack_deadline_seconds,
        retry=_retry(resolved),
        dead_letter=dead_letter,
        declaration=resolved.SerializeToString(),
    )


def declared(current: Settings) -> Proto:
    """The Subscription as it now is."""
    subscription = proto("Subscription").FromString(current.declaration)
    subscription.topic = current.topic  # which may have been deleted since
    return subscription


def with_push(current: Settings, push_config: Proto) -> Settings:
    """The settings with another PushConfig. Raises InvalidArgument or Unimplemented."""
    subscription = declared(current)
    subscription.push_config.CopyFrom(push_config)
    return requested(subscription)


def updated(current: Settings, update: Proto) -> Settings:
    """The settings after an UpdateSubscriptionRequest. Raises InvalidArgument or Unimplemented."""
    if not update.update_mask.paths:
        raise InvalidArgument("The update mask is empty.")
    for path in update.update_mask.paths:
        if path.partition(".")[0] not in UPDATABLE:
            raise InvalidArgument(f"Invalid update mask: {path} cannot be updated.")
    if not update.update_mask.IsValidForDescriptor(update.subscription.DESCRIPTOR):
        raise InvalidArgument("Invalid update mask: it names an unknown field.")
    subscription = declared(current)
    update.update_mask.MergeMessage(
        update.subscription, subscription, replace_message_field=True, replace_repeated_field=True
    )
    return requested(subscription)


def ack_deadline(seconds: int) -> int:
    """The seconds, if they are a valid ack deadline. Raises InvalidArgument."""
    if not 10 <= seconds <= _LONGEST_DEADLINE:
        raise InvalidArgument(f"Invalid ack deadline: {seconds} is not within 10 to 600 seconds.")
    return seconds


def extension(seconds: int) -> int:
    """The seconds, if they extend a deadline; 0 returns the delivery. Raises InvalidArgument."""
    if not 0 <= seconds <= _LONGEST_DEADLINE:
        raise InvalidArgument(f"Invalid ack deadline: {seconds} is not within 0 to 600 seconds.")
    return seconds


def _check_supported(subscription: Proto) -> None:
    asked = {field.name for field, _ in subscription.ListFields()}
    if subscription.push_config.HasField("no_wrapper"):
        asked.add("push_config.no_wrapper")
    for field in (*_UNSUPPORTED, "push_config.no_wrapper"):
        if field in asked:
            raise Unimplemented(f"The local emulator does not do {field}.")


def _endpoint(push_config: Proto) -> str:
    endpoint: str = push_config.push_endpoint
    if not endpoint:
        return ""
    try:
        url = urlsplit(endpoint)
        usable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not (usable and endpoint.isascii() and endpoint.isprintable() and " " not in endpoint):
        raise InvalidArgument(f"Invalid push endpoint: (url={endpoint})")
    return endpoint


def _retry(subscription: Proto) -> RetryPolicy | None:
    if not subscription.HasField("retry_policy"):
        return None
    policy = subscription.retry_policy
    minimum, maximum = _DEFAULT_BACKOFF
    if policy.HasField("minimum_backoff"):
        minimum = policy.minimum_backoff.ToNanoseconds() / 1e9
    if policy.HasField("maximum_backoff"):
        maximum = policy.maximum_backoff.ToNanoseconds() / 1e9
    if not 0 <= minimum <= maximum <= _LONGEST_BACKOFF:
        raise InvalidArgument(
            f"Invalid retry policy: backoff of {minimum:g} to {maximum:g} s; "
            f"it takes 0 <= minimum <= maximum <= {_LONGEST_BACKOFF:g}."
        )
    return RetryPolicy(minimum, maximum)


def _dead_letter(subscription: Proto) -> DeadLetter | None:
    policy = subscription.dead_letter_policy
    if not subscription.HasField("dead_letter_policy") or not policy.dead_letter_topic:
        return None
    names.check(policy.dead_letter_topic, "topics")
    attempts = policy.max_delivery_attempts or 5
    if not 5 <= attempts <= 100:
        raise InvalidArgument(
            f"Invalid dead letter policy: {attempts} is not within 5 to 100 delivery attempts."
        )
    return DeadLetter(policy.dead_letter_topic, attempts)
