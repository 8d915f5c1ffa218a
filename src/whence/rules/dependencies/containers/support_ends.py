"""When the base systems of images stop getting security fixes.

Facts of the publishers' own release pages as endoflife.date collects them, read on 2026-11-01: the
Debian release and LTS schedule, the Ubuntu release cycle (standard support), Alpine releases, PEPs
569 to 745 for Python, the Node.js release schedule, the CentOS and Fedora announcements. For CUDA it
is the day of the last release of each major line. A line that is not listed counts as supported.
"""

from __future__ import annotations

AS_OF = "2026-11-01"

_DEBIAN = {
    "squeeze": "2016-02-29",
    "wheezy": "2018-05-31",
    "jessie": "2020-06-30",
    "stretch": "2022-07-01",
    "buster": "2024-06-30",
    "bullseye": "2026-08-31",
}
_DEBIAN_NUMBERS = {
    "6": "squeeze",
    "7": "wheezy",
    "8": "jessie",
    "9": "stretch",
    "10": "buster",
    "11": "bullseye",
}
_UBUNTU = {
    "12.04": "2017-04-28",
    "14.04": "2019-04-02",
    "16.04": "2021-04-02",
    "16.10": "2017-07-20",
    "17.04": "2018-01-13",
    "17.10": "2018-07-19",
    "18.04": "2023-05-31",
    "18.10": "2019-07-18",
    "19.04": "2020-01-23",
    "19.10": "2020-07-06",
    "20.04": "2025-05-31",
    "20.10": "2021-07-22",
    "21.04": "2022-01-20",
    "21.10": "2022-07-14",
    "22.10": "2023-07-20",
    "23.04": "2024-01-20",
    "23.10": "2024-07-12",
    "24.10": "2025-07-10",
    "25.04": "2026-01-17",
    "25.10": "2026-07-01",
}
_UBUNTU_NAMES = {
    "precise": "12.04",
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "kinetic": "22.10",
    "lunar": "23.04",
    "mantic": "23.10",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
}
_ALPINE = {
    "3.8": "2020-05-01",
    "3.9": "2020-11-01",
    "3.10": "2021-05-01",
    "3.11": "2021-11-01",
    "3.12": "2022-05-01",
    "3.13": "2022-11-01",
    "3.14": "2023-05-01",
    "3.15": "2023-11-01",
    "3.16": "2024-05-23",
    "3.17": "2024-11-22",
    "3.18": "2025-05-09",
    "3.19": "2025-11-01",
    "3.20": "2026-04-01",
    "3.21": "2026-11-01",
}
_PYTHON = {
    "2.7": "2020-01-01",
    "3.4": "2019-03-18",
    "3.5": "2020-09-30",
    "3.6": "2021-12-23",
    "3.7": "2023-06-27",
    "3.8": "2024-10-07",
    "3.9": "2025-10-31",
    "3.10": "2026-10-31",
}
_NODE = {
    "8": "2019-12-31",
    "9": "2018-06-30",
    "10": "2021-04-30",
    "11": "2019-06-30",
    "12": "2022-04-30",
    "13": "2020-06-01",
    "14": "2023-04-30",
    "15": "2021-06-01",
    "16": "2023-09-11",
    "17": "2022-06-01",
    "18": "2025-04-30",
    "19": "2023-06-01",
    "20": "2026-04-30",
    "21": "2024-06-01",
    "23": "2025-06-01",
}
_CENTOS = {"6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31", "stream8": "2024-05-31"}
_FEDORA = {
    "36": "2023-05-16",
    "37": "2023-12-05",
    "38": "2024-05-21",
    "39": "2024-11-26",
    "40": "2025-05-13",
    "41": "2025-12-15",
    "42": "2026-05-13",
}
_CUDA = {"8": "2017-06-26", "9": "2018-05-16", "10": "2019-11-20", "11": "2022-10-03"}


def _older(version: str, oldest_known: str) -> bool:
    try:
        return [int(part) for part in version.split(".")] < [
            int(part) for part in oldest_known.split(".")
        ]
    except ValueError:
        return False


def end_of(product: str, line: str) -> str:
    """The day on which a release line's support ended (ISO 8601), if it has; otherwise empty.

    `product` is `debian`, `ubuntu`, `alpine`, `python`, `node`, `centos`, `fedora` or `cuda`.
    """
    if product == "debian":
        return _DEBIAN.get(_DEBIAN_NUMBERS.get(line.split(".")[0], line), "")
    if product == "ubuntu":
        return _UBUNTU.get(_UBUNTU_NAMES.get(line, line), "")
    if product == "alpine":
        short = ".".join(line.split(".")[:2])
        return _ALPINE.get(short, _ALPINE["3.8"] if _older(short, "3.8") and "." in short else "")
    if product == "python":
        return _PYTHON.get(".".join(line.split(".")[:2]), _PYTHON["2.7"] if line == "2" else "")
    tables = {"node": _NODE, "centos": _CENTOS, "fedora": _FEDORA, "cuda": _CUDA}
    return tables.get(product, {}).get(line.split(".")[0] or line, "")


def debian_names() -> tuple[str, ...]:
    """Names of Debian releases whose support has ended."""
    return tuple(_DEBIAN)


def ubuntu_names() -> tuple[str, ...]:
    """Names of Ubuntu releases whose standard support has ended."""
    return tuple(_UBUNTU_NAMES)
