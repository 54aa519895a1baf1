"""What a reading found, as it is told to the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console.errors import KeyMissing
from console.forms.sheet import News
from console.models import Customer, Event
from console.sentences import listed


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading found, by labels: what had moved, what we had not known, and how much stood as we knew it."""

    at: datetime
    moved: str
    learnt: str
    stood: int
    news: Mapping[str, News]


def reading_of(event: Event, customer: Customer) -> Reading | None:
    """None where the key of the values is gone, and nothing can be told of them."""
    event.customer = customer
    fields = {field.name: field for field in customer.provider.fields if not field.is_stamp}
    try:
        pairs = event.values
    except KeyMissing:
        return None
    moved = [name for name in event.details["moved"] if name in fields]
    was = {name: pair[0] for name in moved if isinstance(pair := pairs.get(name), list)}
    news = {name: News(was.get(name), True) for name in moved if not fields[name].is_blank(was.get(name))}
    learnt = [fields[name].label for name in moved if name not in news]
    stood = len([name for name in event.details["fields"] if name in fields and name not in moved])
    return Reading(event.at, listed([fields[name].label for name in news]), listed(learnt), stood, news)
