"""Compiles the translations on the way into the wheel; everything else stands in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))
from compile_translations import compile_into


class BuildWithTranslations(build_py):
    """Writes ``django.mo`` of every language before the package's data are collected."""

    def run(self):
        """Compile, then build."""
        compile_into(Path(__file__).parent / "pretix_entremise" / "locale")
        super().run()


setup(cmdclass={"build_py": BuildWithTranslations})
