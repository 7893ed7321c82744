"""Lists the packages from the four folders, so that a new subfolder can never be missing from the wheel."""

from setuptools import find_packages, setup

FOLDERS = ("plugin", "hooks", "consumers", "webhooks")
NOT_OURS = ("*.extension", "*.extension.*")

setup(
    packages=[
        f"entremise.{package}"
        for folder in FOLDERS
        for package in [folder, *(f"{folder}.{sub}" for sub in find_packages(folder, exclude=NOT_OURS))]
    ]
)
