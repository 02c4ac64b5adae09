"""What every test can count on: default settings, whatever the shell or an operator's `.env` says, and no hurry."""

import os

import hypothesis

from app.settings import Settings

for variable in Settings.model_fields:
    os.environ.pop(variable.upper(), None)
Settings.model_config["env_file"] = None

# How long an example takes depends on what else the machine does; a test that hangs is ended by its timeout.
hypothesis.settings.register_profile("kaiwa", deadline=None)
hypothesis.settings.load_profile("kaiwa")
