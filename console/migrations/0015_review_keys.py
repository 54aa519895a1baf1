"""A review's conclusion has a key of its own, so that the key ring can be rotated under one that is frozen."""

from __future__ import annotations

from django.db import migrations, models

# As before, but that the wrapping of a signed review's key may be altered, and nothing beside it.
FROZEN = """
CREATE OR REPLACE FUNCTION console_review_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signed timestamptz;
BEGIN
    IF TG_TABLE_NAME = 'console_review' THEN
        signed := OLD.signed_at;
        IF to_jsonb(NEW) - 'wrapped_key' = to_jsonb(OLD) - 'wrapped_key' THEN
            RETURN NEW;
        END IF;
    ELSIF TG_TABLE_NAME = 'console_reviewitem' THEN
        SELECT signed_at INTO signed FROM console_review
        WHERE id = (CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END ->> 'review_id')::bigint;
    ELSE
        SELECT review.signed_at INTO signed FROM console_review review
        JOIN console_reviewitem item ON item.review_id = review.id
        WHERE item.id = (to_jsonb(NEW) ->> 'item_id')::bigint;
    END IF;
    IF signed IS NOT NULL THEN
        RAISE EXCEPTION 'a review that was signed off is not altered' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
FROZEN_BACK = FROZEN.replace(
    """
        IF to_jsonb(NEW) - 'wrapped_key' = to_jsonb(OLD) - 'wrapped_key' THEN
            RETURN NEW;
        END IF;""",
    "",
)


class Migration(migrations.Migration):
    """Columns, and the trigger that knows of them."""

    dependencies = [("console", "0014_people_guards")]

    operations = [
        migrations.AddField(
            "review", "key_id", models.CharField(blank=True, max_length=32, default=""), preserve_default=False
        ),
        migrations.AddField(
            "review",
            "wrapped_key",
            models.BinaryField(null=True, help_text="Of the conclusion: the one thing that still moves then."),
        ),
        migrations.RunSQL(FROZEN, FROZEN_BACK),
    ]
