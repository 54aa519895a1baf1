"""Exports of customers: a workbook is a format, too, and the reason for hidden values waits sealed until they go along."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q

FORMATS = [
    ("csv", "Table (CSV)"),
    ("xlsx", "Workbook (XLSX)"),
    ("jsonl", "Lines of JSON"),
    ("pack", "Evidence pack (ZIP)"),
]
KNOWN = models.CheckConstraint(
    condition=Q(format__in=[value for value, _ in FORMATS]), name="an_export_has_a_known_format"
)


class Migration(migrations.Migration):
    """What stands there already is an export of the audit."""

    dependencies = [("console", "0025_names_as_terms")]

    operations = [
        migrations.RemoveConstraint(model_name="export", name="an_export_has_a_known_format"),
        migrations.AlterField(
            model_name="export", name="format", field=models.CharField(choices=FORMATS, max_length=8)
        ),
        migrations.AddConstraint(model_name="export", constraint=KNOWN),
        migrations.AddField(
            model_name="export",
            name="sealed_why",
            field=models.TextField(blank=True, default="", help_text="Why hidden values go along, until they do."),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="export",
            name="query",
            field=models.JSONField(help_text="What is wanted, by numbers and codes, and of which connections it is."),
        ),
        migrations.AlterField(
            model_name="export",
            name="done",
            field=models.PositiveBigIntegerField(default=0, help_text="Events or customers written so far."),
        ),
        migrations.AlterField(
            model_name="export",
            name="total",
            field=models.PositiveBigIntegerField(default=0, help_text="How many there are to write."),
        ),
    ]
