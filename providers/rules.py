"""The rules: what is wrong with a wished change, judged by one pure function that never raises."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from providers.fields import Clearing, Field, Kind, Locked, Required, Violation
from providers.kinds.characters import clean

_LONGEST_NAME = 60


def judge(
    fields: Sequence[Field],
    before: object,
    after: object,
    *,
    title: str = "The provider",
    one_of: Iterable[tuple[str, ...]] = (),
) -> tuple[Violation, ...]:
    """What is wrong with changing `before` (the record, its identity included) by `after` (only what is to change).

    In `after` a missing key is untouched and None clears. A value that is the same as the one before is untouched
    too, so an old value that breaks a rule stands in nobody's way. Of each group in `one_of` the record must have one
    member. Fields come in their order, then unknown names, then what concerns the whole record (`field` None).
    `title` is the provider's name in sentences.
    """
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return (Violation(None, "wrong_type", "A record and a change are sets of named values."),)
    return (
        *(violation for field in fields if (violation := _judge_field(field, before, after, title))),
        *_unknown_names(fields, after, title),
        *(_one_of(fields, group) for group in one_of if not _holds_one(fields, before, group)),
    )


def _judge_field(
    field: Field, before: Mapping[str, object], after: Mapping[str, object], title: str
) -> Violation | None:
    if field.name not in after and field.required is not Required.ALWAYS:
        return None
    held = before.get(field.name)
    wished = after.get(field.name, held)
    if field.name in after and not field.same(held, wished):
        return _judge_change(field, wished, title)
    if field.is_blank(wished):
        return _missing(field, title) if field.required is Required.ALWAYS else None
    if field.is_sendable(wished):
        return None
    if field.required is Required.ALWAYS:
        return _missing(field, title)
    return _broken(field, wished) if field.name in after else None


def _judge_change(field: Field, wished: object, title: str) -> Violation | None:
    if field.locked is not Locked.NO:
        reason = field.locked_reason or f"{title} does not let anyone change this."
        return Violation(field.name, "locked", reason, {"locked": field.locked.value})
    if field.is_blank(wished):
        return _judge_clearing(field, title)
    return _broken(field, wished)


def _judge_clearing(field: Field, title: str) -> Violation | None:
    if field.required is Required.ALWAYS:
        return _missing(field, title)
    if field.required is Required.ONCE_SET:
        message = f"{field.label} can be changed but not left empty."
        return Violation(field.name, "required_once_set", message, {"label": field.label})
    if field.clearing is Clearing.NO:
        message = f"{title} offers no way to empty this; enter another value or leave it as it was."
        return Violation(field.name, "not_clearable", message, {"label": field.label})
    return None


def _missing(field: Field, title: str) -> Violation:
    verb = "Choose" if field.choices or field.kind is Kind.YES_NO else "Enter"
    message = f"{verb} “{field.label}”: {title} needs it in every update."
    return Violation(field.name, "required", message, {"label": field.label})


def _broken(field: Field, wished: object) -> Violation | None:
    problem = field.problem(wished)
    return Violation(field.name, problem.code, problem.message, problem.parameters) if problem else None


def _unknown_names(fields: Sequence[Field], after: Mapping[str, object], title: str) -> Iterator[Violation]:
    known = {field.name for field in fields}
    for name in after:
        if name not in known:
            shown = clean(str(name))[:_LONGEST_NAME]
            yield Violation(
                shown, "unknown_field", f"{title} has no field “{shown}” that can be changed.", {"name": shown}
            )


def _holds_one(fields: Sequence[Field], before: Mapping[str, object], group: tuple[str, ...]) -> bool:
    return any(field.name in group and field.is_sendable(before.get(field.name)) for field in fields)


def _one_of(fields: Sequence[Field], group: tuple[str, ...]) -> Violation:
    labels = " or ".join(field.label for field in fields if field.name in group)
    return Violation(
        None, "one_of", f"Give the {labels} of this record: one of them is needed.", {"fields": ", ".join(group)}
    )
