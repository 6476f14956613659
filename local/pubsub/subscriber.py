"""google.pubsub.v1.Subscriber without the pulling: subscriptions and acknowledgements."""

from local.pubsub import names, resource
from local.pubsub.broker import Broker
from local.pubsub.pages import page
from local.pubsub.wire import Method, Proto, nothing, proto


class Subscriber:
    """Every method takes the request and returns the answer, or raises a Refusal."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def methods(self) -> dict[str, Method]:
        """By name, with the request's type."""
        return {
            "CreateSubscription": Method("Subscription", self.create),
            "GetSubscription": Method("GetSubscriptionRequest", self.get),
            "UpdateSubscription": Method("UpdateSubscriptionRequest", self.update),
            "ListSubscriptions": Method("ListSubscriptionsRequest", self.list_all),
            "DeleteSubscription": Method("DeleteSubscriptionRequest", self.delete),
            "ModifyPushConfig": Method("ModifyPushConfigRequest", self.modify_push_config),
            "Acknowledge": Method("AcknowledgeRequest", self.acknowledge),
            "ModifyAckDeadline": Method("ModifyAckDeadlineRequest", self.modify_ack_deadline),
        }

    def create(self, subscription: Proto) -> Proto:
        settings = resource.requested(subscription)
        self._broker.create_subscription(settings)
        return resource.declared(settings)

    def get(self, request: Proto) -> Proto:
        return resource.declared(self._broker.subscription(request.subscription))

    def update(self, request: Proto) -> Proto:
        settings = self._broker.update_subscription(
            request.subscription.name, lambda current: resource.updated(current, request)
        )
        return resource.declared(settings)

    def list_all(self, request: Proto) -> Proto:
        names.check_project(request.project)
        mine = {
            settings.name: settings
            for settings in self._broker.subscriptions()
            if settings.name.startswith(f"{request.project}/")
        }
        some, token = page(mine, request.page_size, request.page_token)
        return proto("ListSubscriptionsResponse")(
            subscriptions=[resource.declared(mine[name]) for name in some], next_page_token=token
        )

    def delete(self, request: Proto) -> Proto:
        self._broker.delete_subscription(request.subscription)
        return nothing()

    def modify_push_config(self, request: Proto) -> Proto:
        self._broker.update_subscription(
            request.subscription, lambda now: resource.with_push(now, request.push_config)
        )
        return nothing()

    def acknowledge(self, request: Proto) -> Proto:
        self._broker.acknowledge(request.subscription, request.ack_ids)
        return nothing()

    def modify_ack_deadline(self, request: Proto) -> Proto:
        seconds = resource.extension(request.ack_deadline_seconds)
        self._broker.extend(request.subscription, request.ack_ids, seconds)
        return nothing()
