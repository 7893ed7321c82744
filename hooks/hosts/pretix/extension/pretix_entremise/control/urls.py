"""Addresses of this area."""

from django.urls import re_path

from . import connection, leaving, mapping, recommending, settings, status

_ROOT = r"^control/event/(?P<organizer>[^/]+)/(?P<event>[^/]+)/entremise/"

urlpatterns = [
    re_path(f"{_ROOT}$", settings.SettingsPage.as_view(), name="settings"),
    re_path(f"{_ROOT}connection$", connection.ConnectionPage.as_view(), name="connection"),
    re_path(f"{_ROOT}connection/rotate$", connection.RotatePage.as_view(), name="connection.rotate"),
    re_path(
        f"{_ROOT}connection/disconnect$", connection.DisconnectPage.as_view(), name="connection.disconnect"
    ),
    re_path(f"{_ROOT}connection/left$", leaving.LeftPage.as_view(), name="connection.left"),
    re_path(f"{_ROOT}mapping$", mapping.MappingPage.as_view(), name="mapping"),
    re_path(f"{_ROOT}questions$", recommending.RecommendedPage.as_view(), name="questions"),
    re_path(f"{_ROOT}status$", status.StatusPage.as_view(), name="status"),
]
