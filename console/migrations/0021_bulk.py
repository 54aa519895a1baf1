"""What the work on many customers needs besides: how far it was when its worker took it up, and its steps."""

from __future__ import annotations

from django.db import migrations, models

# As BULK_STEPS of console/models/bulk.py lists them; `tests/models/test_bulk.py` compares the two.
STEPS = """
CREATE FUNCTION console_bulk_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (
        CASE OLD.status
            WHEN 'uploading' THEN NEW.status IN ('to read', 'failed', 'stopped')
            WHEN 'to read' THEN NEW.status IN ('reading', 'failed', 'stopped')
            WHEN 'reading' THEN NEW.status IN ('to read', 'mapping', 'failed', 'stopped')
            WHEN 'mapping' THEN NEW.status IN ('to read', 'to check', 'failed', 'stopped')
            WHEN 'to check' THEN NEW.status IN ('checking', 'failed', 'stopped')
            WHEN 'checking' THEN NEW.status IN ('to check', 'checked', 'failed', 'stopped')
            WHEN 'checked' THEN NEW.status IN ('mapping', 'to check', 'to run', 'failed', 'stopped')
            WHEN 'to run' THEN NEW.status IN ('running', 'failed', 'stopped')
            WHEN 'running' THEN NEW.status IN ('to run', 'done', 'failed', 'stopped')
            ELSE FALSE
        END
    ) THEN
        RAISE EXCEPTION 'work on many customers goes no way from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bulk_steps BEFORE UPDATE OF status ON console_bulk FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION console_bulk_steps();
"""
NO_STEPS = """
DROP TRIGGER bulk_steps ON console_bulk;
DROP FUNCTION console_bulk_steps();
"""


class Migration(migrations.Migration):
    """A column, and a trigger that lists the steps there are."""

    dependencies = [("console", "0020_quality")]

    operations = [
        migrations.AddField(
            model_name="bulk",
            name="done_before",
            field=models.PositiveIntegerField(default=0, help_text="How many rows were done by then."),
        ),
        migrations.AlterField(
            model_name="bulk",
            name="tries",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How often it was taken up without getting further."
            ),
        ),
        migrations.RunSQL(STEPS, NO_STEPS),
    ]
