"""The steps of a job's shadow, after its record was announced: the line, the call, the answer."""

from prove.model.world import World


def shadow_line(world: World, who: int) -> World:
    """ledger.shadow_call in shadow._asked: create-only; a write of our own is recognised."""
    if world.shadow_line:
        return world.hand(who, at="ack")
    return world.hand(who, at="shadow_call")._replace(shadow_line=True)


def shadow_call(world: World, who: int) -> World:
    """client.ask in shadow._asked: the call is paid."""
    calls = min(world.shadow_calls + 1, 2)
    return world.hand(who, at="shadow_keep")._replace(shadow_calls=calls)


def shadow_keep(world: World, who: int) -> World:
    """shadows.keep in shadow._asked. Whatever becomes of it, the delivery is acknowledged."""
    return world.hand(who, at="ack")
