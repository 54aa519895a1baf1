"""What was approved and is on its way, or would be if its connection let it."""

from __future__ import annotations

from console.explain.case import Case, Explanation, doubt
from console.explain.words import A_MINUTE, joined, said, when
from console.models import Change, Pause, Status, Wait


def approved(case: Case) -> Explanation:
    if case.change.connection.is_paused:
        return _paused(case)
    if case.change.connection.is_interrupted:
        return _interrupted(case)
    if case.change.maybe_applied:
        return _sending_again(case)
    if case.change.wait == Wait.TRY_AGAIN:
        return _trying_again(case)
    if case.ahead:
        return _in_line(case.ahead)
    return _on_its_way(case)


def _paused(case: Case) -> Explanation:
    tone, earlier = doubt(case)
    connection = case.change.connection
    by_a_person = connection.pause == Pause.BY_A_PERSON and connection.pause_reason
    why = f"The reason given: “{connection.pause_reason}”" if by_a_person else said(connection.pause_reason, case.there)
    following = joined(
        why,
        earlier,
        "Nothing is lost: the change leaves by itself once an operator resumes the connection.",
        case.operators,
    )
    return Explanation(
        tone, "pause", f"Waiting for {case.there}", f"{case.there} is paused, so nothing is sent.", following
    )


def _interrupted(case: Case) -> Explanation:
    tone, earlier = doubt(case)
    following = joined(
        f"One call tries again {when(case.change.connection.probe_at, case.now)}; once it is answered, this change "
        "leaves by itself.",
        earlier,
        case.operators,
    )
    headline = f"{silent(case)}, so nothing is sent for now."
    return Explanation(tone, "pause", f"Waiting for {case.there}", headline, following)


def silent(case: Case) -> str:
    """What the circuit breaker saw, as the beginning of a sentence."""
    count = case.change.connection.failures
    return f"{case.there} has not answered {f'{count} times in a row' if count > 1 else 'lately'}"


def _sending_again(case: Case) -> Explanation:
    moment = when(case.change.next_attempt_at, case.now)
    if case.change.wait == Wait.TRY_AGAIN and case.change.connection.provider.capabilities.resend_harmless:
        following = f"The same values once more do no harm at {case.there}, so it is sent again {moment}."
    elif case.change.wait == Wait.PROVIDER:
        following = f"It is sent again {moment}."
    else:
        following = f"It is sent again {moment}: a person decided so."
    headline = "An earlier try may have been applied; no answer said so."
    return Explanation("unknown", "retry", "Unknown, sending again", headline, joined(case.said, following))


def _trying_again(case: Case) -> Explanation:
    moment = when(case.change.next_attempt_at, case.now)
    coming = _not_taken(case) or f"It will try again {moment}; you need not do anything."
    headline = f"Not applied yet: try {max(case.change.tries, 1)} did not get through."
    return Explanation("waiting", "retry", "Will try again", headline, joined(case.said, coming))


def _in_line(ahead: Change) -> Explanation:
    why = "whose outcome is not known yet" if ahead.state is Status.UNKNOWN else "which is on its way"
    following = f"Change {ahead.pk} of this customer, {why}, has to end first. They leave in the order of saving."
    return Explanation("waiting", "clock", "Waiting its turn", "Nothing has been sent yet.", following)


def _on_its_way(case: Case) -> Explanation:
    due = case.change.next_attempt_at
    waits = due is not None and due > case.now
    coming = f"It is sent {when(due, case.now)}." if waits else "It is sent within seconds."
    if waits and case.change.wait == Wait.PROVIDER:
        coming = joined(case.said, coming)
    headline = f"Saved and on its way to {case.there}."
    return Explanation("waiting", "send", "On its way", headline, _not_taken(case) or coming)


def _not_taken(case: Case) -> str:
    """Said when it should have left a while ago; empty otherwise."""
    due = case.change.next_attempt_at
    if due is None or case.now - due <= A_MINUTE:
        return ""
    minutes = (case.now - due) // A_MINUTE
    return joined(
        f"Nothing has picked it up for {minutes} min. Nothing is lost: it leaves as soon as sending works again.",
        case.operators,
    )


def sending(case: Case) -> Explanation:
    lease = case.change.lease_until
    if lease and lease < case.now:
        headline, following = (
            "It was sent, and the answer is overdue.",
            "Within a minute we look into what became of it.",
        )
    else:
        headline, following = (
            f"Being sent to {case.there} right now.",
            "No answer has come yet, so nothing is known yet.",
        )
    tone, earlier = doubt(case)
    probe = f"It is the one call that tries whether {case.there} answers again."
    probes = probe if case.change.connection.is_interrupted else ""
    return Explanation(tone, "send", "Being sent", headline, joined(probes, earlier, following))
