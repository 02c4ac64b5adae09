"""What every test can count on: settings are the defaults, whatever the shell or an operator's `.env` says."""

import os

from app.settings import Settings

for variable in Settings.model_fields:
    os.environ.pop(variable.upper(), None)
Settings.model_config["env_file"] = None
