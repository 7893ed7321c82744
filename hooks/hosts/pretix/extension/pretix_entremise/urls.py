"""Every address of the extension, area by area."""

from .attendees.urls import event_patterns as attendee_patterns
from .control.urls import urlpatterns as control_patterns
from .organiser.urls import urlpatterns as organiser_patterns
from .receiving_urls import event_patterns as receiving_patterns

urlpatterns = [*control_patterns, *organiser_patterns]
event_patterns = [*receiving_patterns, *attendee_patterns]
