"""What everybody is answered at each address of the console, by every method: one table."""

from __future__ import annotations

from collections.abc import Mapping

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
    # The editor asked for it. Whoever sees customers elsewhere names a connection of others.
    "customers_export": {
        "GET": "302 403 200 200 200 200 200 403 200",
        "HEAD": "302 403 200 200 200 200 200 403 200",
        "POST": "302 403 303 303 303 303 303 403 422",
    },
    "customers_export_chosen": {"POST": "302 303 303 303 303 303 303 303 303"},
    "customers_exported": {"GET": "302 404 404 200 404 404 404 404 404"},
    "customers_exported_download": {"GET": "302 404 404 200 404 404 404 404 404"},
    "customers_exported_stop": {"POST": "302 404 404 303 404 404 404 404 404"},
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


def declared(name: str, method: str) -> dict[str, int]:
    """The answers of the table, by person."""
    visited = method in {"GET", "HEAD"} and set(ANSWERS[name]) == {"POST"}
    others = "303" if visited else "405"
    nobody = others if name in WITHOUT_SIGNING_IN else "302"
    refused = " ".join([nobody, *[others] * (len(WHO) - 1)])
    answers = ANSWERS[name].get(method, refused).split()
    return {who: int(answer) for who, answer in zip(WHO, answers, strict=True)}
