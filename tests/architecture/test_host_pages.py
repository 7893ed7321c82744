"""Each host says how it is set up, and the examples on its page work.

These pages lie inside the package, where pytest would import their folders by a second name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from documentation import EXAMPLES, lend_folder, return_folder
from source import ROOT

HOSTS = sorted(path.parent for path in (ROOT / "hooks" / "hosts").glob("*/host.py"))


@pytest.mark.parametrize("host", HOSTS, ids=lambda path: path.name)
def test_a_host_has_a_page_and_its_examples_work(host: Path) -> None:
    document = EXAMPLES.parse(host / "README.md")
    lend_folder(document.namespace)
    try:
        for example in document.examples():
            example.evaluate()
    finally:
        return_folder(document.namespace)


def test_the_hosts_that_come_with_it_are_seen() -> None:
    assert {"generic", "pretix"} <= {host.name for host in HOSTS}
