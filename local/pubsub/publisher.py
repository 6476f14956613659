"""google.pubsub.v1.Publisher: topics, and publishing to them."""

from local.emulator.errors import Unimplemented
from local.pubsub import limits, names, wire
from local.pubsub.broker import Broker
from local.pubsub.pages import page
from local.pubsub.wire import Method, Proto, nothing, proto

# Each changes what is published, so ignoring it would mislead.
_UNSUPPORTED = frozenset(
    {"schema_settings", "ingestion_data_source_settings", "message_transforms"}
)


class Publisher:
    """Every method takes the request and returns the answer, or raises a Refusal."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def methods(self) -> dict[str, Method]:
        """By name, with the request's type."""
        return {
            "CreateTopic": Method("Topic", self.create_topic),
            "GetTopic": Method("GetTopicRequest", self.get_topic),
            "ListTopics": Method("ListTopicsRequest", self.list_topics),
            "DeleteTopic": Method("DeleteTopicRequest", self.delete_topic),
            "ListTopicSubscriptions": Method("ListTopicSubscriptionsRequest", self.subscriptions),
            "Publish": Method("PublishRequest", self.publish),
        }

    def create_topic(self, topic: Proto) -> Proto:
        names.check(topic.name, "topics")
        for field, _ in topic.ListFields():
            if field.name in _UNSUPPORTED:
                raise Unimplemented(f"The local emulator does not do {field.name}.")
        self._broker.create_topic(topic.name, topic.SerializeToString())
        return topic

    def get_topic(self, request: Proto) -> Proto:
        return proto("Topic").FromString(self._broker.topic(request.topic))

    def list_topics(self, request: Proto) -> Proto:
        names.check_project(request.project)
        topics = self._broker.topics()
        mine = (name for name in topics if name.startswith(f"{request.project}/"))
        some, token = page(mine, request.page_size, request.page_token)
        return proto("ListTopicsResponse")(
            topics=[proto("Topic").FromString(topics[name]) for name in some],
            next_page_token=token,
        )

    def delete_topic(self, request: Proto) -> Proto:
        self._broker.delete_topic(request.topic)
        return nothing()

    def subscriptions(self, request: Proto) -> Proto:
        self._broker.topic(request.topic)
        mine = (each.name for each in self._broker.subscriptions() if each.topic == request.topic)
        some, token = page(mine, request.page_size, request.page_token)
        return proto("ListTopicSubscriptionsResponse")(subscriptions=some, next_page_token=token)

    def publish(self, request: Proto) -> Proto:
        messages = [wire.message(published) for published in request.messages]
        limits.check(messages)
        ids = self._broker.publish(request.topic, messages)
        return proto("PublishResponse")(message_ids=ids)
