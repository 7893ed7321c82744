"""What is installed is whole: the migration, the addresses, the translations."""

from importlib import import_module
from pathlib import Path

import pretix.base.migrations
import pytest
from django.core.management import call_command
from django.urls import reverse

import pretix_entremise


def test_the_migration_depends_on_what_a_pristine_pretix_has():
    known = {path.stem for path in Path(pretix.base.migrations.__path__[0]).glob("0*.py")}
    folder = Path(pretix_entremise.__path__[0]) / "migrations"
    wanted = {
        name
        for path in folder.glob("0*.py")
        for app, name in import_module(f"pretix_entremise.migrations.{path.stem}").Migration.dependencies
        if app == "pretixbase"
    }
    assert wanted
    assert wanted <= known


@pytest.mark.django_db
def test_the_models_are_what_the_migrations_make(settings):
    settings.MIGRATION_MODULES = {}
    call_command("makemigrations", "pretix_entremise", check=True, dry_run=True, verbosity=0)


def test_what_pretix_links_to_is_there():
    for name in ("settings", "people"):
        assert reverse(f"plugins:pretix_entremise:{name}", kwargs={"organizer": "o", "event": "e"})
