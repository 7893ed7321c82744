"""pretix's own test settings, on a copy of a database that migrations have made: only the plugin's are left to run.

``MIGRATED_DATABASE`` names that copy. pretix's settings would make the tables from the models, or run three hundred
migrations for a minute and a half.
"""

import os

from pretix.testutils.settings import *  # noqa: F403
from pretix.testutils.settings import DATABASES

MIGRATION_MODULES: dict[str, str] = {}
DATABASES["default"]["TEST"] = {"NAME": os.environ["MIGRATED_DATABASE"]}
