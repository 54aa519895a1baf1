"""Who gets which answer where: each address of the console, for everybody and by every method, in one table."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows import batches
from console.flows.bulk import Import, begin
from console.flows.bulk_edit import select
from console.flows.examine import mark
from console.flows.exports import ask
from console.flows.glass import break_glass
from console.flows.inviting import digest_of
from console.flows.listing import Wanted, keep
from console.flows.opening import Plan, open_review
from console.flows.resolve import close
from console.flows.rights import Wish, ask_roles
from console.flows.seal import seal
from console.models import (
    Allowance,
    Batch,
    Bulk,
    BulkKind,
    Chain,
    Change,
    Connection,
    Customer,
    Event,
    Format,
    Grant,
    Invitation,
    Mark,
    Notice,
    Pause,
    PolicyVersion,
    ReviewItem,
    Role,
    SavedSearch,
    Status,
    User,
    Verdict,
    Visit,
    Wait,
)
from console.urls import urlpatterns
from tests import cast, importing_files
from tests.batches import approved, batch_of
from tests.deciding import policy, reword, seen
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

# Nobody is not signed in; a stranger holds no grant; an outsider edits at another connection; the editor asked.
WHO = (
    "nobody",
    "stranger",
    "viewer",
    "editor",
    "approver",
    "operator",
    "reviewer",
    "administrator",
    "outsider",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# In the order of WHO. A method that is not named is refused: 405, and 302 to the sign-in page for nobody. Where only a
# POST does anything, a visit leads to the page that it belongs to: 303.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "work": {"GET": "302 200 200 200 200 200 200 200 200"},
    "to_decide": {"GET": "302 200 200 200 200 200 200 200 200"},
    "sign_in": {"GET": "200 302 302 302 302 302 302 302 302", "POST": "422 302 302 302 302 302 302 302 302"},
    # Nobody there is in the middle of signing in.
    "sign_in_factor": {
        "GET": "303 303 303 303 303 303 303 303 303",
        "HEAD": "303 303 303 303 303 303 303 303 303",
        "POST": "303 303 303 303 303 303 303 303 303",
    },
    "sign_in_passkey": {"POST": "422 303 303 303 303 303 303 303 303"},
    "passkey_ask": {"POST": "200 200 200 200 200 200 200 200 200"},
    # No mail is sent, nobody has a password or a second factor, and the link is made up.
    "password_forgotten": dict.fromkeys(("GET", "HEAD", "POST"), "404 404 404 404 404 404 404 404 404"),
    "password_reset": dict.fromkeys(("GET", "HEAD", "POST"), "404 404 404 404 404 404 404 404 404"),
    "password": dict.fromkeys(("GET", "HEAD", "POST"), "302 303 303 303 303 303 303 303 303"),
    "factors": {"GET": "302 200 200 200 200 200 200 200 200"},
    "factor_app": dict.fromkeys(("GET", "HEAD", "POST"), "302 303 303 303 303 303 303 303 303"),
    "factor_passkey": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 422 422 422 422 422 422 422 422",
    },
    "factor_codes": dict.fromkeys(("GET", "HEAD", "POST"), "302 303 303 303 303 303 303 303 303"),
    "factor_remove": {
        "GET": "302 303 303 303 303 303 303 303 303",
        "HEAD": "302 303 303 303 303 303 303 303 303",
        "POST": "302 404 404 404 404 404 404 404 404",
    },
    # Single sign-on is not switched on.
    "sso_begin": {"POST": "404 404 404 404 404 404 404 404 404"},
    "sso_back": dict.fromkeys(("GET", "HEAD"), "404 404 404 404 404 404 404 404 404"),
    "sign_out": {"POST": "302 303 303 303 303 303 303 303 303"},
    "prove": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 422 422 422 422 422 422 422 422",
    },
    "you": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 303 303 303 303 303 303 303 303",
    },
    "sessions": {"GET": "302 200 200 200 200 200 200 200 200"},
    "session_left": {
        "GET": "302 303 303 303 303 303 303 303 303",
        "HEAD": "302 303 303 303 303 303 303 303 303",
        "POST": "302 204 204 204 204 204 204 204 204",
    },
    "sessions_end": {"POST": "302 303 303 303 303 303 303 303 303"},
    "session_end": {"POST": "302 303 303 303 303 303 303 303 303"},
    "customers": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 303 303 303 303 303 303 303 303",
    },
    "customer_add": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 422 422 303 422 422 422 422 422",
    },
    "list_columns": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 303 303 303 303 303 303 303 303",
    },
    "list_picked": {"POST": "302 303 303 303 303 303 303 303 303"},
    "views": {"GET": "302 200 200 200 200 200 200 200 200"},
    "view_keep": {"POST": "302 303 303 303 303 303 303 303 303"},
    # The editor keeps it.
    "view_share": {"POST": "302 404 404 303 404 404 404 404 404"},
    "view_forget": {"POST": "302 404 404 303 404 404 404 404 404"},
    # Whoever may not see the customer selected nobody. The editor made the edit.
    "bulk_edit_new": {"POST": "302 303 403 303 403 403 403 303 303"},
    "bulk_edit": {
        "GET": "302 404 404 200 404 404 404 404 404",
        "HEAD": "302 404 404 200 404 404 404 404 404",
        "POST": "302 404 404 303 404 404 404 404 404",
    },
    "bulk_edit_check": {"POST": "302 404 404 200 404 404 404 404 404"},
    "bulk_edit_run": {"POST": "302 404 404 303 404 404 404 404 404"},
    "bulk_edit_stop": {"POST": "302 404 404 303 404 404 404 404 404"},
    # The editor's own. Whoever edits elsewhere names a connection of others.
    "imports": {
        "GET": "302 200 200 200 200 200 200 200 200",
        "HEAD": "302 200 200 200 200 200 200 200 200",
        "POST": "302 403 403 303 403 403 403 403 422",
    },
    "import": dict.fromkeys(("GET", "HEAD"), "302 404 404 200 404 404 404 404 404"),
    "import_piece": {"POST": "302 404 404 409 404 404 404 404 404"},  # without saying which piece it is
    "import_reading": {"POST": "302 404 404 303 404 404 404 404 404"},
    "import_columns": {"POST": "302 404 404 303 404 404 404 404 404"},
    "import_anew": {"POST": "302 404 404 303 404 404 404 404 404"},
    "import_run": {"POST": "302 404 404 303 404 404 404 404 404"},
    "import_stop": {"POST": "302 404 404 303 404 404 404 404 404"},
    "import_end": {
        "GET": "302 303 303 303 303 303 303 303 303",
        "HEAD": "302 303 303 303 303 303 303 303 303",
        "POST": "302 404 404 404 404 303 404 404 404",
    },
    "import_refused": {"GET": "302 404 404 200 404 404 404 404 404"},
    "customer": {"GET": "302 404 200 200 200 200 200 404 404"},
    "customer_read": {"POST": "302 404 303 303 303 303 303 404 404"},
    "customer_state": {"GET": "302 404 303 303 303 303 303 404 404"},
    "customer_accept": {"POST": "302 404 403 303 403 403 403 404 404"},
    "field_history": {"GET": "302 404 200 200 200 200 200 404 404"},
    "customer_edit": {
        "GET": "302 404 403 200 403 403 403 404 404",
        "HEAD": "302 404 403 200 403 403 403 404 404",
        "POST": "302 404 403 303 403 403 403 404 404",
    },
    "customer_preview": {"POST": "302 404 403 200 403 403 403 404 404"},
    "customer_check": {"POST": "302 404 403 200 403 403 403 404 404"},
    "customer_discard": {"POST": "302 404 303 303 303 303 303 404 404"},
    "notices": {"GET": "302 200 200 200 200 200 200 200 200"},
    "notices_bell": {"GET": "302 303 303 303 303 303 303 303 303"},
    "notices_read": {"POST": "302 303 303 303 303 303 303 303 303"},
    "news": {"GET": "302 303 303 303 303 303 303 303 303"},
    "palette": {"POST": "302 200 200 200 200 200 200 200 200"},
    "changes": {"GET": "302 200 200 200 200 200 200 200 200"},
    "change": {"GET": "302 404 200 200 200 200 200 404 404"},
    "change_state": {"GET": "302 404 303 303 303 303 303 404 404"},
    "change_approve": {"POST": "302 404 403 403 303 403 403 404 404"},
    "change_reject": {"POST": "302 404 403 403 303 403 403 404 404"},
    "change_return": {"POST": "302 404 403 403 303 403 403 404 404"},
    "change_claim": {"POST": "302 404 403 403 303 403 403 404 404"},
    "change_let_go": {"POST": "302 404 403 403 303 403 403 404 404"},
    "change_comment": {"POST": "302 404 303 303 303 303 303 404 404"},
    "change_reading": {"POST": "302 404 303 303 303 303 303 404 404"},
    "change_break_glass": {"POST": "302 404 403 403 403 403 403 404 404"},
    "change_looked_into": {"POST": "302 404 403 403 403 403 303 404 404"},
    "change_alike": {
        "GET": "302 404 403 403 200 403 403 404 404",
        "HEAD": "302 404 403 403 200 403 403 404 404",
        "POST": "302 404 403 403 422 403 403 404 404",
    },
    "change_withdraw": {"POST": "302 404 403 303 403 403 403 404 404"},
    "change_confirm": {"POST": "302 404 403 303 403 403 403 404 404"},
    "change_again": {"POST": "302 404 403 303 403 303 403 404 404"},
    "change_close": {"POST": "302 404 403 403 403 303 403 404 404"},
    "batches": {"GET": "302 200 200 200 200 200 200 200 200"},
    "batch": {"GET": "302 404 200 200 200 200 200 404 404"},
    "batch_state": {"GET": "302 404 303 303 303 303 303 404 404"},
    "batch_results": {"GET": "302 404 200 200 200 200 200 404 404"},
    "batch_approve": {"POST": "302 404 403 403 303 403 403 404 404"},
    "batch_reject": {"POST": "302 404 403 403 303 403 403 404 404"},
    "batch_withdraw": {"POST": "302 404 403 303 403 403 403 404 404"},
    # The editor asked for it.
    "batch_pause": {"POST": "302 404 403 303 303 303 403 404 404"},
    "batch_stop": {"POST": "302 404 403 303 303 303 403 404 404"},
    "batch_go_on": {"POST": "302 404 403 303 303 303 403 404 404"},
    # It was stopped before anything left.
    "batch_undo": {"POST": "302 404 403 422 403 403 403 404 404"},
    "connections": {"GET": "302 200 200 200 200 200 200 200 200"},
    "connection": {"GET": "302 404 200 200 200 200 200 200 404"},
    "connection_keeping": {
        "GET": "302 404 403 403 403 403 403 200 404",
        "HEAD": "302 404 403 403 403 403 403 200 404",
        "POST": "302 404 403 403 403 403 403 303 404",
    },
    "policies": {"GET": "302 200 200 200 200 200 200 200 200"},
    "policy_new": {
        "GET": "302 403 403 403 403 403 403 200 403",
        "HEAD": "302 403 403 403 403 403 403 200 403",
        "POST": "302 403 403 403 403 403 403 303 403",
    },
    "policy": {"GET": "302 404 200 200 200 200 200 200 404"},
    "policy_edit": {
        "GET": "302 404 403 403 403 403 403 200 404",
        "HEAD": "302 404 403 403 403 403 403 200 404",
        "POST": "302 404 403 403 403 403 403 303 404",
    },
    "policy_decide": {"POST": "302 404 403 403 403 403 403 303 404"},
    "policy_withdraw": {"POST": "302 404 403 403 403 403 403 303 404"},
    "quality": {"GET": "302 200 200 200 200 200 200 200 200"},
    "quality_rule": {"GET": "302 404 200 200 200 200 200 404 404"},
    "quality_next": {"GET": "302 404 403 303 403 403 403 404 404"},
    "quality_give": {"POST": "302 404 403 303 403 403 403 404 404"},
    "people": {"GET": "302 403 403 403 403 403 200 200 403"},
    "person_new": {
        "GET": "302 403 403 403 403 403 403 200 403",
        "HEAD": "302 403 403 403 403 403 403 200 403",
        "POST": "302 403 403 403 403 403 403 303 403",
    },
    # The editor, whose roles reach no further than the administrator's.
    "person": {"GET": "302 403 403 403 403 403 200 200 403"},
    "person_roles": {
        "GET": "302 403 403 403 403 403 403 200 403",
        "HEAD": "302 403 403 403 403 403 403 200 403",
        "POST": "302 403 403 403 403 403 403 303 403",
    },
    "person_decide": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_withdraw": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_deactivate": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_let_in": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_way_back": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_sessions_end": {"POST": "302 403 403 403 403 403 403 303 403"},
    "person_invite": {"POST": "302 403 403 403 403 403 403 303 403"},
    # Whoever has the link.
    "invitation": {
        "GET": "200 200 200 200 200 200 200 200 200",
        "HEAD": "200 200 200 200 200 200 200 200 200",
        "POST": "303 303 303 303 303 303 303 303 303",
    },
    "look": {"GET": "302 404 404 404 404 404 404 404 404"},
    "look_error": {"GET": "302 404 404 404 404 404 404 404 404"},
    "connection_resume": {"POST": "302 404 403 403 403 303 403 403 404"},
    "connection_pause": {"POST": "302 404 403 403 403 303 403 403 404"},
    "connection_state": {"GET": "302 303 303 303 303 303 303 303 303"},
    "connection_again": {
        "GET": "302 404 403 200 403 200 403 403 404",
        "HEAD": "302 404 403 200 403 200 403 403 404",
        "POST": "302 404 403 303 403 303 403 403 404",
    },
    "connection_release": {
        "GET": "302 404 403 403 403 200 403 403 404",
        "HEAD": "302 404 403 403 403 200 403 403 404",
        "POST": "302 404 403 403 403 303 403 403 404",
    },
    "change_release": {"POST": "302 404 403 403 403 303 403 404 404"},
    "change_read_back": {"POST": "302 404 403 403 403 303 403 404 404"},
    "customer_timeline": {"GET": "302 404 200 200 200 200 200 404 404"},
    "customer_as_of": {"GET": "302 404 200 200 200 200 200 404 404"},
    "customer_looked": {"GET": "302 404 403 403 403 403 200 404 404"},
    # The editor may compare, the approver also be shown what is hidden.
    "customer_hidden": {"GET": "302 404 200 200 200 200 200 404 404"},
    "hidden_compare": {"POST": "302 404 403 200 200 403 403 404 404"},
    "hidden_reveal": {"POST": "302 404 403 403 200 403 403 404 404"},
    "customer_disclosure": {
        "GET": "302 404 403 403 403 403 403 404 404",
        "HEAD": "302 404 403 403 403 403 403 404 404",
        "POST": "302 404 403 403 403 403 403 404 404",
    },
    "customer_erase": {
        "GET": "302 404 403 403 403 403 403 404 404",
        "HEAD": "302 404 403 403 403 403 403 404 404",
        "POST": "302 404 403 403 403 403 403 404 404",
    },
    "erasure_decide": {"POST": "302 404 403 403 403 403 403 404 404"},
    "change_undo": {
        "GET": "302 404 403 200 403 403 403 404 404",
        "HEAD": "302 404 403 200 403 403 403 404 404",
        "POST": "302 404 403 303 403 403 403 404 404",
    },
    "audit": {"GET": "302 403 403 403 403 403 200 403 403"},
    "audit_customer": {"POST": "302 403 403 403 403 403 303 403 403"},
    "audit_save": {"POST": "302 403 403 403 403 403 303 403 403"},
    "audit_forget": {"POST": "302 403 403 403 403 403 303 403 403"},
    "audit_event": {"GET": "302 403 403 403 403 403 200 403 403"},
    "proof": {"GET": "302 403 403 403 403 403 200 403 403"},
    "checkpoint": {"GET": "302 403 403 403 403 403 200 403 403"},
    "exports": {
        "GET": "302 403 403 403 403 403 200 403 403",
        "HEAD": "302 403 403 403 403 403 200 403 403",
        "POST": "302 403 403 403 403 403 303 403 403",
    },
    # The reviewer asked for it.
    "export": {"GET": "302 403 403 403 403 403 200 403 403"},
    "export_download": {"GET": "302 403 403 403 403 403 200 403 403"},
    "export_stop": {"POST": "302 403 403 403 403 403 303 403 403"},
    "reviews": {"GET": "302 403 403 403 403 403 200 403 403"},
    "review_new": {
        "GET": "302 403 403 403 403 403 200 403 403",
        "HEAD": "302 403 403 403 403 403 200 403 403",
        "POST": "302 403 403 403 403 403 303 403 403",
    },
    "review": {"GET": "302 404 404 404 404 404 200 404 404"},
    "review_sign_off": {"POST": "302 404 404 404 404 404 303 404 404"},
    # The editor asked for the change that is questioned.
    "review_item": {"GET": "302 404 404 200 404 404 200 404 404"},
    "review_mark": {"POST": "302 404 404 403 404 404 303 404 404"},
    "review_say": {"POST": "302 404 404 303 404 404 303 404 404"},
    "livez": dict.fromkeys(("GET", "HEAD"), "200 200 200 200 200 200 200 200 200"),
    "readyz": dict.fromkeys(("GET", "HEAD"), "200 200 200 200 200 200 200 200 200"),
    "metrics": dict.fromkeys(("GET", "HEAD"), "200 200 200 200 200 200 200 200 200"),
}

# Addresses at which nobody is asked to sign in.
WITHOUT_SIGNING_IN = (
    "sign_in",
    "invitation",
    "sign_in_factor",
    "sign_in_passkey",
    "passkey_ask",
    "password_forgotten",
    "password_reset",
    "sso_begin",
    "sso_back",
    "livez",
    "readyz",
    "metrics",
)

POSTS = [name for name, answers in ANSWERS.items() if "POST" in answers]

# What looks at a form half typed keeps it as a draft, for the one who may; a session keeps what a passkey is asked.
KEEP_A_DRAFT = ("customer_preview", "customer_check", "passkey_ask")

# What tells something of a hidden value; a POST keeps whom.
HIDDEN = ("customer_hidden", "hidden_compare", "hidden_reveal")

NUMBERS = {"approvals": "1", "from_size": "1", "hours": "72"}

# Events that tell who read what, and who was refused what.
ACCESS = (
    *("audit.searched", "audit.opened", "audit.downloaded", "batch.downloaded"),
    *("person.refused", "person.sign_in_failed"),
)

# What a POST says when it is meant well; empty where nothing is asked.
POSTED: Mapping[str, dict[str, str]] = {
    "change_reject": {"reason": "The call-back did not confirm it."},
    "batch_reject": {"reason": "The call-back did not confirm it."},
    "batch_undo": {"key": "a key", "why": "It was the wrong list."},
    "change_return": {"reason": "The house number is missing."},
    "bulk_edit": {"v-phone": "+442079460000"},
    "bulk_edit_check": {"v-phone": "+442079460000"},
    "imports": {"kind": "fill", "as_of": "2026-01-01T09:30", "key": "a-key"},
    "import_columns": {"column-0": "external_id", "column-1": "name"},
    "change_comment": {"text": "He read it out to me."},
    "change_break_glass": {"reason": "It cannot wait."},
    "change_looked_into": {"finding": "It was right."},
    "factor_passkey": {"credential": "made up"},
    "sign_in": {"username": "editor", "password": "wrong"},
    "you": {"time_zone": "Asia/Jakarta"},
    "customers": {"q": "Ann"},
    "customer_add": {"external_id": "777"},
    "list_columns": {"column": "email", "sort": "known"},
    "view_keep": {"name": "Mine", "state": "person"},
    "view_share": {"shared": "1"},
    "customer_edit": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "customer_preview": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "customer_check": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "change_close": {"verdict": "not known", "reason": "Nobody there remembers."},
    "change_again": {"reason": "They mended it."},
    "change_release": {"reason": "It is not there yet."},
    "change_undo": {"key": "a key", "field": "phone"},
    "connection_resume": {"reason": "They are done."},
    "connection_keeping": {"bodies": "30", "sure": "yes"},
    "connection_pause": {"reason": "They asked us to."},
    "import_end": {"reason": "They asked us to."},
    "connection_again": {"all": "1", "reason": "They mended it."},
    "connection_release": {"do": "release", "reason": "None of it is there yet."},
    "policy_new": {**NUMBERS, "name": "Phones", "where": "these", "scope": "named", "field": "phone"},
    "policy_edit": {**NUMBERS, "name": "KYC fields", "where": "these", "scope": "sensitive"},
    "policy_decide": {"do": "approve"},
    "person_decide": {"do": "approve"},
    "person_deactivate": {"why": "They left."},
    "person_let_in": {"why": "They are back."},
    "person_way_back": {"why": "The phone is lost."},
    "invitation": dict.fromkeys(("password", "again"), "a pass phrase of their own"),
    "review_new": {"title": "Yesterday", "where": "all", "sample": "25"},
    "review_mark": {"mark": "settled", "seen": "questioned"},
    "review_say": {"text": "He called."},
    "quality_give": {"who": "0", "do": "chosen", "flaw": "1"},
    "review_sign_off": {"conclusion": "All in order."},
    "audit_customer": {"q": "Ann Whitfield"},
    "audit_save": {"kind": "change", "name": "Changes"},
    "exports": {"kind": "change", "format": "csv"},
    "hidden_compare": {"said": "1990-02-01"},
    "hidden_reveal": {"reason": "The branch reads it out."},
}

# Addresses of a review, and the numbers that each takes.
REVIEWED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("review", "review_sign_off"), ("review",)),
    **dict.fromkeys(("review_item", "review_mark", "review_say"), ("review", "pk")),
}

# What is done about a change while somebody else has to decide on it.
WAITING = (
    *("change_approve", "change_reject", "change_return", "change_comment", "change_claim", "change_let_go"),
    *("change_break_glass", "change_looked_into", "change_reading"),
)

# The state in which a step of a change can be taken.
STATES: Mapping[str, Status] = {
    "change_confirm": Status.PROPOSED,
    "change_again": Status.REFUSED,
    "change_close": Status.UNKNOWN,
    "change_release": Status.PROPOSED,
    "change_read_back": Status.UNKNOWN,
    "change_undo": Status.UNKNOWN,
    "connection_again": Status.REFUSED,
    "connection_release": Status.PROPOSED,
}


def begun(connection: Connection, content: bytes, *, by: User) -> Bulk:
    """An import of whose file nothing came yet."""
    return begin(Import(connection, BulkKind.FILL, "customers.csv", len(content), "a-key", timezone.now()), by=by)


@dataclass(frozen=True, slots=True)
class World:
    """One customer with a change at a paused connection; everybody stands in their own relation to it."""

    people: Mapping[str, User]
    connection: Connection
    customer: Customer
    change: Change
    policy: PolicyVersion

    def url(self, name: str) -> str:
        """The address of this world's customer, change or connection, or of a list."""
        if name in ARGUMENTS:
            return reverse(name, args=ARGUMENTS[name](self))
        if name in REVIEWED:
            return reverse(name, args=ReviewItem.objects.values_list(*REVIEWED[name]).get())
        subject = name.partition("_")[0]
        kinds: dict[str, Any] = {
            "customer": self.customer,
            "erasure": self.customer,
            "change": self.change,
            "connection": self.connection,
            "batch": Batch.objects.first(),
        }
        about = {**kinds, "policy": self.policy.policy}.get(subject)
        return reverse(
            name,
            args=[about.pk]
            if about and name not in {"customer_add", "policy_new", "review_new", "audit_customer"}
            else [],
        )

    def body(self, name: str) -> dict[str, Any]:
        """What is posted there."""
        here: dict[str, Any] = {"connection": str(self.connection.pk)} if name in {"customer_add", "imports"} else {}
        if name == "imports":
            here["file"] = SimpleUploadedFile("customers.csv", importing_files.many(1))
        if name == "bulk_edit_new":
            here = {"customer": str(self.customer.pk)}
        if name.startswith("policy_"):
            here = {"connections": str(self.connection.pk), "version": str(self.policy.pk)}
        if name in {"person_new", "person_roles"}:
            here = {"username": "newcomer", "role": f"viewer@{self.connection.pk}"}
        if name in {"person_decide", "person_withdraw"}:
            here = {"request": str(self.concerned.rights_requests.get().pk)}
        if name == "review_new":
            today = timezone.localdate()
            here = {"since": f"{today - timedelta(days=1):%Y-%m-%d}", "until": f"{today:%Y-%m-%d}"}
        if name in {"batch_approve", "batch_reject"}:
            here = {"digest": bytes(Batch.objects.get().digest).hex()}
        if name in {"change_approve", "change_reject"}:
            here = {f"seen-{field}": digest for field, digest in seen(self.change).items()}
        return {**POSTED.get(name, {}), **here}

    @property
    def concerned(self) -> User:
        """Whom the pages of people are about."""
        return User.objects.get(username="concerned")

    def client(self, who: str, **how: Any) -> Client:
        """A browser in which this person is signed in."""
        client = Client(**how)
        if who != "nobody":
            client.force_login(self.people[who])
        return client


# What is about one person, and the secret of the link that is open for them.
ABOUT_SOMEBODY = [name for name in ANSWERS if name.startswith("person") and name != "person_new"]
SECRET = "the secret of a link"

# How far an import has to be for each step.
IMPORTING: Mapping[str, Callable[..., Bulk]] = {
    "piece": begun,
    **dict.fromkeys(("stop", "end"), importing_files.uploaded),
    **dict.fromkeys(("reading", "columns"), importing_files.read),
    **dict.fromkeys(("anew", "run", "refused"), importing_files.checked),
}

# What stands in addresses of which the name alone does not say it.
ARGUMENTS: Mapping[str, Callable[[World], list[object]]] = {
    "password_reset": lambda here: [here.people["editor"].pk, "made-up"],
    "factor_remove": lambda _: [0],
    "field_history": lambda here: [here.customer.pk, "phone"],
    "look_error": lambda _: ["404"],
    "session_end": lambda _: [7],
    **dict.fromkeys(HIDDEN, lambda here: [here.customer.pk, "dob"]),
    **dict.fromkeys(
        ("bulk_edit", "bulk_edit_check", "bulk_edit_run", "bulk_edit_stop"),
        lambda here: [here.people["editor"].bulks.get().pk],
    ),
    **dict.fromkeys(
        ("import", *(f"import_{step}" for step in IMPORTING)), lambda here: [here.people["editor"].bulks.get().pk]
    ),
    "audit_event": lambda here: [Event.objects.filter(customer=here.customer).earliest("pk").pk],
    **dict.fromkeys(ABOUT_SOMEBODY, lambda here: [here.concerned.pk]),
    "invitation": lambda _: [SECRET],
    **dict.fromkeys(
        ("quality_rule", "quality_next", "quality_give"), lambda here: [here.connection.pk, "email", "required"]
    ),
    "audit_forget": lambda here: [here.people["reviewer"].searches.get().pk],
    **dict.fromkeys(("view_share", "view_forget"), lambda here: [here.people["editor"].views.get().pk]),
    **dict.fromkeys(
        ("export", "export_download", "export_stop"), lambda here: [here.people["reviewer"].exports.get().pk]
    ),
}


def world(name: str) -> World:
    """Made so that a POST to this address can be done by whoever may."""
    slugs = (
        ("sqril", "flowwise") if name in {"change_read_back", *HIDDEN} else ("caibo", "sqril")
    )  # caibo's can't be read
    here, elsewhere = map(cast.connect, slugs)
    if name != "connection_pause":
        here.paused_at, here.pause = timezone.now(), Pause.BY_A_PERSON
        here.save()
    people = {who: User.objects.create_user(who) for who in WHO if who != "nobody"}
    for who, user in people.items():
        if who != "stranger":
            role = Role.EDITOR if who == "outsider" else Role(who)
            Grant.objects.create(user=user, role=role, connection=elsewhere if who == "outsider" else here)
    if name in HIDDEN:
        Grant.objects.create(user=people["editor"], role=Role.COMPARE, connection=here)
        Grant.objects.create(user=people["approver"], role=Role.REVEAL, connection=here)
    customer = cast.sample(here)
    about = {"wait": Wait.RESTORED, "maybe_applied": True} if name.endswith("_release") else {}
    wishes = {"phone": "+6281299887766" if slugs[0] == "sqril" else "+442079460000"}
    if name in WAITING:
        policy("Whatever it is", at=[here])
    state = STATES.get(name, Status.APPROVED)
    change = standing(customer, people["editor"], state, wishes=wishes, **about)
    if name == "change_undo":
        close(change.pk, by=people["operator"], verdict=Verdict.APPLIED, reason="They told me.")
    auditing(name, people["reviewer"])
    concerning(name, here, people["administrator"])
    if name.startswith("review"):
        reviewing(name, change, people["reviewer"])
    if name == "change_looked_into":
        hasty = User.objects.create_user("hasty")
        Grant.objects.create(user=hasty, role=Role.BREAK_GLASS, connection=here)
        break_glass(change.pk, by=hasty, reason="It could not wait.")
    return World(people, here, customer, change, asking(name, here, people["administrator"]))


def auditing(name: str, by: User) -> None:
    """What the reviewer keeps: a search, an export that waits or is made; and history sealed. What the editor keeps."""
    if name in {"view_share", "view_forget"}:
        keep(Wanted({}, []), "Mine", shared=False, by=User.objects.get(username="editor"))
    if name in {"bulk_edit", "bulk_edit_check", "bulk_edit_run", "bulk_edit_stop"}:
        editor = User.objects.get(username="editor")
        select(Customer.objects.all(), connection=Connection.objects.earliest("pk"), key="an edit", by=editor)
    if name.startswith("import") and name != "imports":
        step = IMPORTING.get(name.removeprefix("import_"), importing_files.checked)
        step(Connection.objects.earliest("pk"), importing_files.many(2), by=User.objects.get(username="editor"))
    if name == "audit_forget":
        SavedSearch.objects.create(owner=by, name="Changes", query={"kind": "change"})
    if name == "checkpoint":
        seal()
    if name.startswith("export_") or name == "export":
        ask(Query(), Format.CSV, by=by)
    if name == "export_download":
        make_all(threading.Event())


def batching(name: str, customer: Customer) -> None:
    """A batch of one change, as it stands where somebody can take this step."""
    if not name.startswith("batch") or name == "batches":
        return
    by = User.objects.get(username="editor")
    batch = batch_of([customer], by, {"memberId": "M-78"})
    if name in {"batch_pause", "batch_stop", "batch_go_on", "batch_undo"}:
        approved(batch, User.objects.get(username="approver"))
    if name == "batch_go_on":
        batches.pause(batch.pk, by=by)
    if name == "batch_undo":
        batches.stop(batch.pk, by=by)
    Notice.objects.all().delete()  # which a look at the page would mark as read


def reviewing(name: str, change: Change, by: User) -> None:
    """A review in which the change is questioned, or, to be signed off, fine."""
    now = timezone.now()
    Change.objects.filter(pk=change.pk).update(ended_at=now)
    if name in {"reviews", "review_new"}:
        return
    yesterday = Plan("Yesterday", now - timedelta(days=1), now + timedelta(microseconds=1))
    item = open_review(yesterday, by=by).items.get()
    to = Mark.FINE if name == "review_sign_off" else Mark.QUESTIONED
    mark(item.pk, to, by=by, note="Who called?")
    Notice.objects.all().delete()  # which a look at the page would mark as read


def concerning(name: str, here: Connection, by: User) -> None:
    """A person at this connection, about whom something is asked where somebody decides on it."""
    if name not in {*ABOUT_SOMEBODY, "invitation"}:
        return
    user = User.objects.create_user("concerned", is_active=name != "person_let_in")
    Grant.objects.create(user=user, role=Role.EDITOR, connection=here)
    second = User.objects.create_user("second")
    Grant.objects.create(user=second, role=Role.ADMINISTRATOR, connection=here)
    if name in {"person_decide", "person_withdraw"}:
        wish = Wish(granted=[("viewer", here.pk)])
        ask_roles(user.pk, wish, by=by if name == "person_withdraw" else second)
    if name == "invitation":
        ends_at = timezone.now() + timedelta(hours=1)
        Invitation.objects.create(user=user, token_digest=digest_of(SECRET), ends_at=ends_at)


def asking(name: str, here: Connection, by: User) -> PolicyVersion:
    """A policy about this connection: in force, or proposed by whoever does not decide on it."""
    made = policy("KYC fields", "memberId", at=[here])
    batching(name, here.customers.get())
    if name in {"policy_decide", "policy_withdraw"}:
        other = User.objects.create_user("second")
        Grant.objects.create(user=other, role=Role.ADMINISTRATOR, connection=here)
        author = by if name == "policy_withdraw" else other
        return reword(made, status="proposed", proposed_by_id=author.pk, decided_at=None)
    return made


@contextmanager
def undone() -> Iterator[None]:
    """A stretch after which the database is as it was before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def declared(name: str, method: str) -> dict[str, int]:
    """The answers of the table, by person."""
    visited = method in {"GET", "HEAD"} and set(ANSWERS[name]) == {"POST"}
    others = "303" if visited else "405"
    nobody = others if name in WITHOUT_SIGNING_IN else "302"
    refused = " ".join([nobody, *[others] * (len(WHO) - 1)])
    answers = ANSWERS[name].get(method, refused).split()
    return {who: int(answer) for who, answer in zip(WHO, answers, strict=True)}


# What tells who looked at what, or was refused it, and how often: no business.
NO_BUSINESS = frozenset({Allowance, Chain, Event, Visit})


def business() -> dict[str, list[dict[str, Any]]]:
    """Every row of the console's own tables, but for what is none of its business."""
    models = [model for model in apps.get_app_config("console").get_models() if model not in NO_BUSINESS]
    rows = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
    events: list[dict[str, Any]] = [*map(dict, Event.objects.exclude(verb__in=ACCESS).order_by("pk").values())]
    return rows | {"Event": events}


def is_guarded(answer: Any) -> bool:
    """Every answer, refusals and redirects too, runs no foreign script, stands in no frame, and is kept by nobody."""
    policy = answer.headers["Content-Security-Policy"]
    return (
        all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"))
        and "no-store" in answer.headers["Cache-Control"]
        and answer.headers["X-Frame-Options"] == "DENY"
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Referrer-Policy"] == "same-origin"
        and answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    )


def test_every_address_declares_its_answers() -> None:
    assert set(ANSWERS) == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("name", ANSWERS)
def test_everybody_gets_the_declared_answer_and_only_a_post_changes_anything(name: str) -> None:
    here = world(name)
    clients = {who: here.client(who) for who in WHO}
    before = business()
    for method in METHODS:
        if method != "POST":
            answers = {who: client.generic(method, here.url(name)) for who, client in clients.items()}
            got = {who: answer.status_code for who, answer in answers.items()}
            assert (method, got) == (method, declared(name, method))
            assert all(is_guarded(answer) for answer in answers.values())
    for client in clients.values():
        assert is_guarded(client.get(here.url(name), headers={"HX-Request": "true"}))
    assert business() == before


@pytest.mark.parametrize("name", POSTS)
def test_everybody_gets_the_declared_answer_to_a_post_and_what_is_refused_changes_nothing(name: str) -> None:
    here, got = world(name), {}
    clients = {who: here.client(who) for who in WHO}
    before = business()
    for who, client in clients.items():
        with undone():
            answer = client.post(here.url(name), here.body(name))
            got[who] = answer.status_code
            assert got[who] == 303 or business() == before or (name in {*KEEP_A_DRAFT, *HIDDEN} and got[who] == 200)
            assert is_guarded(answer)
    assert got == declared(name, "POST")


@pytest.mark.parametrize("name", POSTS)
def test_a_post_without_the_pages_token_is_refused_and_changes_nothing(name: str) -> None:
    here = world(name)
    forged = {"csrfmiddlewaretoken": "x" * 64, **here.body(name)}
    signs_in = name == "sign_in"  # which asks again; whoever is signed in by then is led on
    people = ("nobody",) if signs_in else ("nobody", "editor", "operator")
    words = "Please sign in again." if signs_in else "This page was too old to be sent"
    clients = [here.client(who, enforce_csrf_checks=True) for who in people]
    before = business()
    for client in clients:
        for data, headers in ((here.body(name), {}), (forged, {}), ({}, {"HX-Request": "true"})):
            answer = client.post(here.url(name), data, headers=headers)
            assert answer.status_code == 403
            assert words in answer.text
    assert business() == before


@pytest.mark.parametrize("swap", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("name", [name for name in ANSWERS if " 404" in next(iter(ANSWERS[name].values()))])
def test_another_teams_object_looks_like_one_that_does_not_exist(name: str, swap: dict[str, str]) -> None:
    here = world(name)
    client = here.client("outsider")
    pk = re.compile(r"(?<=/)\d+(?=/)")
    for method in [method for method in ANSWERS[name] if method != "HEAD"]:
        ask_at = getattr(client, method.lower())
        theirs = ask_at(here.url(name), here.body(name), headers=swap)
        nobodys = ask_at(pk.sub("987654321", here.url(name)), here.body(name), headers=swap)
        assert theirs.status_code == nobodys.status_code == 404
        clock = re.compile(r"\d\d:\d\d:\d\d")  # when a page was made stands on it, for paper
        assert clock.sub("", text_of(theirs)) == clock.sub("", text_of(nobodys))
        assert all(word not in theirs.text for word in ("Ann Whitfield", "Caibo", "12345"))


@pytest.mark.parametrize(
    ("who", "place"), [(who, place) for who in ("stranger", "outsider") for place in ("work", "customers", "changes")]
)
def test_lists_show_nothing_of_another_team(who: str, place: str) -> None:
    here = world(place)
    client = here.client(who)
    for query in ({}, {"at": here.connection.pk}, {"connection": here.connection.pk}, {"after": 0}, {"state": "going"}):
        page = client.get(here.url(place), query).text
        assert "Ann Whitfield" not in page
        assert "Caibo" not in page


def test_a_list_cannot_be_placed_by_the_name_of_another_teams_customer() -> None:
    here = world("customers")
    mine = Connection.objects.get(provider_slug="sqril")
    for number, name in enumerate(("Aaron", "Zoe")):
        cast.sample(mine, customer_id=f"cus_{number}", name_first=name, name_last="Berg")
    client = here.client("outsider")
    for way in ("after", "before"):
        page = client.get(here.url("customers"), {way: here.customer.pk}).text
        assert "Aaron Berg" in page
        assert "Zoe Berg" in page


def test_who_was_deactivated_is_nobody() -> None:
    here = world("change")
    client = here.client("editor")
    User.objects.filter(username="editor").update(is_active=False)
    assert client.get(here.url("change")).status_code == 302
    assert client.post(here.url("change_withdraw")).status_code == 302


def test_a_grant_that_was_taken_back_counts_from_the_next_request_on() -> None:
    here = world("change_withdraw")
    client = here.client("editor")
    assert client.get(here.url("change")).status_code == 200
    Grant.objects.filter(user=here.people["editor"]).delete()
    assert client.post(here.url("change_withdraw")).status_code == 404
    assert Change.objects.get(pk=here.change.pk).state is Status.APPROVED


def test_no_rank_of_django_gives_a_right() -> None:
    here = world("change")
    User.objects.filter(username="stranger").update(is_superuser=True, is_staff=True)
    assert here.client("stranger").get(here.url("change")).status_code == 404
    assert here.client("stranger").post(here.url("change_withdraw")).status_code == 404
