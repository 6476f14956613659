"""Protocols with one wrong step, most as in prove/sabotage.py; the search must object to each."""

from collections.abc import Mapping

from prove.model import erasing, telling, working
from prove.model.job import STEPS, Step
from prove.model.world import World


def _acks_while_busy(world: World, who: int) -> World:
    lease = world.lease
    if lease is None or not (lease.released or lease.expired):
        return world.hand(who, at="ack")
    return working.read(world, who)


def _forgets_who_waits(world: World, who: int) -> World:
    return world.hand(who, at="ack")


def _shows_no_cause(world: World, who: int) -> World:
    """The sweep takes it for a job whose message waits."""
    return world.hand(who, at="ack")


def _keeps_no_answer(world: World, who: int) -> World:
    return world.only(who, "files")


def _commits_first(world: World, who: int) -> World:
    return world.only(who, "commit") if world.answer else world.hand(who, at="outlive")


def _keeps_and_commits(world: World, who: int) -> World:
    return world.only(who, "commit")._replace(answer=True)


def _commits_before_files(world: World, who: int) -> World:
    return telling.commit(world, who).hand(who, at="files")


def _files_after_record(world: World, who: int) -> World:
    return world.hand(who, at="is_told")._replace(files=True)


def _acks_what_has_ended(world: World, who: int) -> World:
    return world.hand(who, at="ack") if world.record else working.find_ended(world, who)


def _steals(world: World, who: int) -> World:
    return working.swap(world.hand(who, fresh=True), who)


def _cleans_up(world: World, who: int) -> World:
    after = telling.commit(world, who)
    return after._replace(files=False) if world.record else after


def _drops_unfinished(world: World, who: int) -> World:
    return world.hand(who, at="is_told" if world.record else "drop")


def _marks_first(world: World, who: int) -> World:
    return world.hand(who, at=world.hands[who].then if world.marked else "mark")


def _then_tells(world: World, who: int) -> World:
    return world.hand(who, at="tell")._replace(marked=True)


def _then_ends(world: World, who: int) -> World:
    return world.hand(who, at=world.hands[who].then)._replace(entered=True)


def _tells_no_verdict(world: World, who: int) -> World:
    return world.hand(who, at="enter")._replace(told=True)


def _does_not_look_again(world: World, who: int) -> World:
    return working.kept(world, who)


def _asks_for_ever(world: World, who: int) -> World:
    return working.kept(world._replace(lost=0), who)._replace(lost=world.lost)


def _leaves_no_lease(world: World, who: int) -> World:
    return world.hand(who, at="commit")


def _follows_todays_recipes(world: World, who: int) -> World:
    """Without a receipt, what is queued is what recipes say now."""
    strange = world.changed and (world.receipt or world.strange)
    return world.hand(who, at="check")._replace(receipt=True, strange=strange)


def _lets_marks_expire(world: World, who: int) -> World:
    marked = world.marked and not world.expired
    return world.hand(who, at="ack" if marked or world.lease else "is_there")


def _shadows_again(world: World, who: int) -> World:
    """Without a look at who created the record, and without a line."""
    ended = telling.commit(world, who)
    return ended.hand(who, then="shadow_line") if world.shadow else ended


def _writes_no_line(world: World, who: int) -> World:
    return world.hand(who, at="shadow_call")


def _shadows_first(world: World, who: int) -> World:
    ended = telling.commit(world, who)
    return ended.hand(who, at=ended.hands[who].then) if world.shadow else ended


def _asks_all_the_same(world: World, who: int) -> World:
    return world.hand(who, at="kept")


def _waits_for_nobody(world: World, who: int) -> World:
    return world.hand(who, at="unlist")


def _leaves_no_tombstone(world: World, who: int) -> World:
    return erasing.bury(world, who)._replace(tombstone=False)


def _keeps_its_receipt(world: World, who: int) -> World:
    return world.hand(who, at=world.hands[who].then)


def _keeps_what_it_left(world: World, who: int) -> World:
    return world.hand(who, at=world.hands[who].then, then="ack")


BROKEN: Mapping[str, Mapping[str, Step]] = {
    "acknowledges while busy": {"read": _acks_while_busy},
    "acknowledges a job that waits": {"queue_anew": _forgets_who_waits},
    "puts a job aside without a word": {"left_aside": _shows_no_cause},
    "keeps no answer": {"keep": _keeps_no_answer},
    "commits before the artifacts": {
        "kept": _commits_first,
        "keep": _keeps_and_commits,
        "commit": _commits_before_files,
        "files": _files_after_record,
    },
    "acknowledges without announcing": {"find_ended": _acks_what_has_ended},
    "steals the lease": {"swap": _steals},
    "deletes the winner's files": {"commit": _cleans_up},
    "sweeps leases of unfinished jobs": {"ended": _drops_unfinished},
    "marks before it tells": {"is_told": _marks_first, "mark": _then_tells, "enter": _then_ends},
    "tells of the record alone": {"tell": _tells_no_verdict},
    "does not look again under the lease": {"look_again": _does_not_look_again},
    "asks for ever though every answer is lost": {"kept": _asks_for_ever},
    "gives up without leaving a lease": {"leave": _leaves_no_lease},
    "asks what recipes say now": {"register": _follows_todays_recipes},
    "keeps the marks with what expires": {"lost": _lets_marks_expire},
    "asks the shadow in each delivery": {"commit": _shadows_again, "shadow_line": _writes_no_line},
    "asks the shadow before it announces": {"commit": _shadows_first},
    "asks about an erased photo": {"find_tombstone": _asks_all_the_same},
    "erases while a worker has the photo": {"wait": _waits_for_nobody},
    "leaves no tombstone": {"bury": _leaves_no_tombstone},
    "keeps the receipt of an erased photo": {"forget_receipt": _keeps_its_receipt},
    "parks a job of an erased photo": {"heed_left": _keeps_what_it_left},
}


def steps(name: str) -> Mapping[str, Step]:
    """All steps, those of this bug among them."""
    return {**STEPS, **BROKEN[name]}
