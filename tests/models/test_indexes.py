"""Indexes of the database: none that the models do without, since each is written with every row."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection as database
from django.db.models import ForeignKey, Model

MODELS = [model for model in apps.get_app_config("console").get_models() if model._meta.managed]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_column_that_is_to_have_no_index_of_its_own_has_none(model: type[Model], db: None) -> None:
    keys = [field for field in model._meta.local_fields if isinstance(field, ForeignKey)]
    without = {key.column for key in keys if key.deconstruct()[3].get("db_index") is False}
    declared = {each.name for each in (*model._meta.indexes, *model._meta.constraints)}
    with database.cursor() as cursor:
        found = database.introspection.get_constraints(cursor, model._meta.db_table)
    alone = {
        name
        for name, told in found.items()
        if told["index"] and not told["unique"] and len(told["columns"]) == 1 and told["columns"][0] in without
    }
    assert alone <= declared
