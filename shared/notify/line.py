"""The line that deliveries stand in: entered once, and never without somebody to see to them.

A delivery is written before its task is queued, and whoever meets it again makes sure of the task.
So every step can be repeated, and can end anywhere.
"""

import time

from shared import endpoints, schedule
from shared.announcement import Announcement
from shared.notify import book
from shared.notify.delivery import Delivery
from shared.notify.turn import Turn


def take(event: Announcement) -> None:
    """Put an event in line for every endpoint that wants to hear of it."""
    wanting = [endpoint for endpoint in endpoints.every() if endpoint.takes(event)]
    if wanting:
        book.keep(event)
    for endpoint in wanting:
        see_to(book.enter(Delivery(endpoint.name, event.id, due=time.time())))


def again(endpoint: str, event: str) -> bool:
    """Put a delivery in line anew, wherever it stands; False if there is none."""
    while found := book.find(endpoint, event):
        delivery, generation = found
        anew = delivery.again(time.time())
        if book.replace(anew, generation):
            see_to(anew)
            book.unbury(endpoint, event)
            return True
    return False


def see_to(delivery: Delivery) -> None:
    """What a delivery's state asks for: a task for its next attempt, or the mark of the dead."""
    if delivery.status == "pending":
        turn = Turn.of(delivery)
        schedule.later("/attempt", turn.encode(), delivery.due, turn.task)
    elif delivery.status == "dead":
        book.bury(delivery)
