"""Policies, decisions, notices, and what a change keeps while it waits for somebody else."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import console.models.judging


class Migration(migrations.Migration):
    """Tables, columns and what must never be false of them; what takes SQL follows in the next one."""

    dependencies = [
        ("console", "0008_what_needs_a_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(choices=[("approve", "APPROVE"), ("reject", "REJECT")], max_length=16)),
                ("digest", models.BinaryField(help_text="Of the line as it stood on the page.")),
                ("sealed_reason", models.BinaryField(null=True)),
                ("policies", models.JSONField(default=list, help_text="Which versions applied: policy, number, name.")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Emergency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("sealed_reason", models.BinaryField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("sealed_finding", models.BinaryField(null=True)),
            ],
            options={
                "verbose_name_plural": "emergencies",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("approved", "approved"),
                            ("partly", "partly approved, partly rejected"),
                            ("rejected", "rejected"),
                            ("returned", "returned to its author"),
                            ("expired", "not decided in time"),
                            ("commented", "commented on"),
                            ("replaced", "replaced by a later wish"),
                            ("moved", "held, since a value has moved"),
                            ("void", "held, since its approval no longer holds"),
                            ("emergency", "sent without approval"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "mailed_at",
                    models.DateTimeField(
                        help_text="When it was sent by e-mail, or found not to be wanted so.", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name_plural": "policies",
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("connection_ids", models.JSONField(default=list, help_text="None named: all of them.")),
                (
                    "scope",
                    models.CharField(
                        choices=[("all", "ALL"), ("sensitive", "SENSITIVE"), ("named", "NAMED")],
                        default=console.models.judging.Scope["ALL"],
                        max_length=16,
                    ),
                ),
                ("fields", models.JSONField(default=list)),
                (
                    "from_size",
                    models.PositiveIntegerField(
                        default=1, help_text="From how many changes proposed together it holds."
                    ),
                ),
                ("approvals", models.PositiveSmallIntegerField(default=1)),
                ("asks_reason", models.BooleanField(default=False)),
                ("asks_ticket", models.BooleanField(default=False)),
                (
                    "hours",
                    models.PositiveIntegerField(default=72, help_text="How long a request may wait for its decision."),
                ),
                ("retires", models.BooleanField(default=False, help_text="This version ends the policy.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Waiting for a second administrator"),
                            ("in force", "In force"),
                            ("replaced", "Replaced"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="proposed",
                        max_length=16,
                    ),
                ),
                ("proposed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("why", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, help_text="Why it was rejected.", max_length=500)),
                (
                    "alone",
                    models.BooleanField(default=False, help_text="It took effect without a second administrator."),
                ),
            ],
            options={
                "ordering": ["policy", "-number"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="a_grant_names_a_known_role",
        ),
        migrations.AddField(
            model_name="change",
            name="claimed_at",
            field=models.DateTimeField(help_text="Since when this person is about to decide on it.", null=True),
        ),
        migrations.AddField(
            model_name="change",
            name="claimed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="change",
            name="expires_at",
            field=models.DateTimeField(help_text="Until when it waits for its decision.", null=True),
        ),
        migrations.AddField(
            model_name="change",
            name="shape",
            field=models.BinaryField(help_text="HMAC of fields and values: equal for the same transition.", null=True),
        ),
        migrations.AddField(
            model_name="change",
            name="size",
            field=models.PositiveIntegerField(default=1, help_text="How many changes were proposed together with it."),
        ),
        migrations.AddField(
            model_name="change",
            name="superseded_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="supersedes", to="console.change"
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="needs",
            field=models.PositiveSmallIntegerField(default=0, help_text="How many approvals the policies asked for."),
        ),
        migrations.AddField(
            model_name="user",
            name="mail",
            field=models.CharField(
                choices=[
                    ("nothing", "Nothing"),
                    ("mine", "What becomes of my changes"),
                    ("all", "That, and what waits for my decision"),
                ],
                default="nothing",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="mailed_at",
            field=models.DateTimeField(
                blank=True, help_text="When they were last told by e-mail what waits for them.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="wait",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "nothing"),
                    ("turn", "its turn"),
                    ("try again", "the next try"),
                    ("provider", "the provider to take requests again"),
                    ("read back", "a reading that shows what became of it"),
                    ("person", "a person"),
                    ("decision", "somebody else's decision"),
                    ("author", "its author"),
                    ("restored", "a person, since a backup was restored"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="role",
            field=models.CharField(
                choices=[
                    ("viewer", "Viewer"),
                    ("editor", "Editor"),
                    ("approver", "Approver"),
                    ("operator", "Operator"),
                    ("reviewer", "Reviewer"),
                    ("administrator", "Administrator"),
                    ("break-glass", "Break-glass"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="line",
            name="decision",
            field=models.CharField(
                choices=[("open", "OPEN"), ("approved", "APPROVED"), ("rejected", "REJECTED"), ("dropped", "DROPPED")],
                default=console.models.judging.LineState["OPEN"],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("status", "proposed"), ("wait", "decision")),
                fields=["expires_at", "id"],
                name="change_to_decide",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("status", "proposed"), ("wait", "decision")),
                fields=["connection", "expires_at", "id"],
                name="change_to_decide_at",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("status", "proposed"), ("wait", "decision")),
                fields=["shape", "id"],
                name="change_alike",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("status", "proposed"), ("wait", "decision")),
                fields=["claimed_by"],
                name="change_claimed",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("status__in", ["proposed", "returned"])),
                fields=["expires_at"],
                name="change_to_expire",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "proposed"), ("wait", "decision"), _negated=True),
                    ("expires_at__isnull", False),
                    _connector="OR",
                ),
                name="what_waits_for_a_decision_expires",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["viewer", "editor", "approver", "operator", "reviewer", "administrator", "break-glass"],
                    )
                ),
                name="a_grant_names_a_known_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["open", "approved", "rejected", "dropped"])),
                name="a_line_has_a_known_state",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="console.change"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="console.line"
            ),
        ),
        migrations.AddField(
            model_name="emergency",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="emergency",
            name="change",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="emergency", to="console.change"
            ),
        ),
        migrations.AddField(
            model_name="emergency",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="console.change"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="console.policy"
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="proposed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["change", "id"], name="decision_by_change"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["approve", "reject"])), name="a_decision_is_a_known_act"
            ),
        ),
        migrations.AddIndex(
            model_name="emergency",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["-id"], name="emergency_to_review"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_by__isnull", True), models.Q(("closed_by", models.F("by")), _negated=True), _connector="OR"
                ),
                name="nobody_closes_their_own_emergency",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["user", "-id"], name="notice_by_user"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("read_at__isnull", True)), fields=["user"], name="notice_unread"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("mailed_at__isnull", True)), fields=["id"], name="notice_to_mail"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "about__in",
                        [
                            "approved",
                            "partly",
                            "rejected",
                            "returned",
                            "expired",
                            "commented",
                            "replaced",
                            "moved",
                            "void",
                            "emergency",
                        ],
                    )
                ),
                name="a_notice_is_about_a_known_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(fields=("policy", "number"), name="one_policy_version_per_number"),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "in force")),
                fields=("policy",),
                name="one_version_of_a_policy_is_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")),
                fields=("policy",),
                name="one_version_of_a_policy_is_proposed",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["proposed", "in force", "replaced", "rejected", "withdrawn"])),
                name="a_policy_has_a_known_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("approvals__lte", 5)), name="a_policy_asks_for_few_approvals"
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    ("alone", True),
                    _connector="OR",
                ),
                name="nobody_decides_on_their_own_policy",
            ),
        ),
    ]
