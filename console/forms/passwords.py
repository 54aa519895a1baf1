"""Changing a password, and setting one anew by a link that was mailed."""

from __future__ import annotations

from django import forms

LONGEST = 4096
MISSING = "Choose a new password."
NOT_TWICE = "Both are not the same. Type the new password twice, the same."


class NewPasswordForm(forms.Form):
    """A new password, typed twice; whether it is fit is said by the flow."""

    new = forms.CharField(max_length=LONGEST, strip=False, error_messages={"required": MISSING})
    again = forms.CharField(max_length=LONGEST, strip=False, required=False)

    def clean(self) -> None:
        """Says at the second one that it is another."""
        if "new" in self.cleaned_data and self.cleaned_data["new"] != self.cleaned_data.get("again"):
            self.add_error("again", NOT_TWICE)


class ForgottenForm(forms.Form):
    """Whose password it is."""

    username = forms.CharField(max_length=150, error_messages={"required": "Enter your username."})
