"""Every address of the console."""

from __future__ import annotations

from django.urls import path

from console.views import changes, connections, customers, editing, people, work

urlpatterns = [
    path("", work.work, name="work"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-out/", people.sign_out, name="sign_out"),
    path("customers/", customers.customers, name="customers"),
    path("customers/add/", customers.add, name="customer_add"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/read/", customers.read, name="customer_read"),
    path("customers/<int:pk>/history/<str:field>/", customers.field_history, name="field_history"),
    path("customers/<int:pk>/edit/", editing.edit, name="customer_edit"),
    path("customers/<int:pk>/preview/", editing.preview, name="customer_preview"),
    path("changes/", changes.changes, name="changes"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/state/", changes.state, name="change_state"),
    path("changes/<int:pk>/withdraw/", changes.withdraw, name="change_withdraw"),
    path("changes/<int:pk>/confirm/", changes.confirm, name="change_confirm"),
    path("changes/<int:pk>/again/", changes.again, name="change_again"),
    path("changes/<int:pk>/close/", changes.close, name="change_close"),
    path("connections/", connections.connections, name="connections"),
    path("connections/<int:pk>/", connections.connection, name="connection"),
    path("connections/<int:pk>/resume/", connections.resume, name="connection_resume"),
]
