"""Ask the service of this container whether it is alive; the exit code says so."""

import http.client
import os

TIMEOUT_SECONDS = 2


def main() -> int:
    port = int(os.environ.get("SENTIBOT_PORT", "8080"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
