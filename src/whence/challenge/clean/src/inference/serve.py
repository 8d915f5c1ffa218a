"""Start the service.

    python -m inference.serve --config models/configs/serving.yaml

Environment variables override what depends on the place of deployment.
"""

import argparse
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn

from inference.app import create_app
from sentibot.settings import ServingSettings, load_settings

ENVIRONMENT = {
    "SENTIBOT_HOST": "host",
    "SENTIBOT_PORT": "port",
    "SENTIBOT_MODEL_DIRECTORY": "model_directory",
    "SENTIBOT_PUBLIC_KEY_FILE": "public_key_file",
    "SENTIBOT_ADMIN_TOKEN_FILE": "admin_token_file",
    "SENTIBOT_LOG_LEVEL": "log_level",
}


def serving_settings(config: Path, environment: Mapping[str, str]) -> ServingSettings:
    """The settings of the file with the overrides of the environment."""
    overrides = {
        setting: environment[name] for name, setting in ENVIRONMENT.items() if name in environment
    }
    return load_settings(config, ServingSettings, **overrides)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.serve")
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args(arguments)
    settings = serving_settings(options.config, os.environ)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=64,
        timeout_keep_alive=5,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
