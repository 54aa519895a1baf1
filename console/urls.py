"""Every address of the console."""

from __future__ import annotations

from django.urls import path

from console.views import (
    changes,
    connections,
    customers,
    editing,
    find,
    look,
    many,
    news,
    palette,
    people,
    probes,
    work,
    you,
)
from console.views.answers import posted

handler500 = "console.views.errors.broken"

urlpatterns = [
    path("", work.work, name="work"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-out/", posted(people.sign_out, back_to="work"), name="sign_out"),
    path("you/", you.you, name="you"),
    path("customers/", find.customers, name="customers"),
    path("customers/add/", find.add, name="customer_add"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/read/", posted(customers.read, back_to="customer"), name="customer_read"),
    path("customers/<int:pk>/state/", customers.state, name="customer_state"),
    path("customers/<int:pk>/accept/", posted(customers.accept_drift, back_to="customer"), name="customer_accept"),
    path("customers/<int:pk>/history/<str:field>/", customers.field_history, name="field_history"),
    path("customers/<int:pk>/edit/", editing.edit, name="customer_edit"),
    path("customers/<int:pk>/preview/", posted(editing.preview, back_to="customer_edit"), name="customer_preview"),
    path("customers/<int:pk>/check/", posted(editing.check, back_to="customer_edit"), name="customer_check"),
    path("customers/<int:pk>/discard/", posted(editing.discard, back_to="customer"), name="customer_discard"),
    path("news/", news.news, name="news"),
    path("changes/", changes.changes, name="changes"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/state/", changes.state, name="change_state"),
    path("changes/<int:pk>/withdraw/", posted(changes.withdraw, back_to="change"), name="change_withdraw"),
    path("changes/<int:pk>/confirm/", posted(changes.confirm, back_to="change"), name="change_confirm"),
    path("changes/<int:pk>/again/", posted(changes.again, back_to="change"), name="change_again"),
    path("changes/<int:pk>/close/", posted(changes.close, back_to="change"), name="change_close"),
    path("changes/<int:pk>/release/", posted(changes.release, back_to="change"), name="change_release"),
    path("changes/<int:pk>/read-back/", posted(changes.read_back, back_to="change"), name="change_read_back"),
    path("palette/", posted(palette.palette, back_to="customers"), name="palette"),
    path("connections/", connections.connections, name="connections"),
    path("connections/<int:pk>/", connections.connection, name="connection"),
    path("connections/<int:pk>/state/", connections.state, name="connection_state"),
    path("connections/<int:pk>/pause/", posted(connections.pause, back_to="connection"), name="connection_pause"),
    path("connections/<int:pk>/again/", many.again, name="connection_again"),
    path("connections/<int:pk>/release/", many.release, name="connection_release"),
    path("connections/<int:pk>/resume/", posted(connections.resume, back_to="connection"), name="connection_resume"),
    path("livez", probes.alive, name="livez"),
    path("readyz", probes.ready, name="readyz"),
    path("metrics", probes.figures, name="metrics"),
    path("look/", look.look, name="look"),
    path("look/<str:page>/", look.sorry, name="look_error"),
]
