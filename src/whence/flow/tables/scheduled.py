"""Operators of schedulers whose commands are Jinja templates that a shell reads when a run starts.

Sources: the reference pages of Apache Airflow and of its SSH provider.
"""

from __future__ import annotations

SHELL_OPERATORS: dict[str, str] = {
    "airflow.operators.bash.BashOperator": "bash_command",
    "airflow.operators.bash_operator.BashOperator": "bash_command",
    "airflow.operators.BashOperator": "bash_command",
    "airflow.providers.standard.operators.bash.BashOperator": "bash_command",
    "airflow.sensors.bash.BashSensor": "bash_command",
    "airflow.contrib.sensors.bash_sensor.BashSensor": "bash_command",
    "airflow.providers.standard.sensors.bash.BashSensor": "bash_command",
    "airflow.providers.ssh.operators.ssh.SSHOperator": "command",
    "airflow.contrib.operators.ssh_operator.SSHOperator": "command",
}
PARAMETERS = frozenset(
    {
        "airflow.models.param.Param",
        "airflow.models.Param",
        "airflow.sdk.Param",
        "airflow.sdk.definitions.param.Param",
    }
)
# What JSON Schema says of a parameter that leaves no room for a shell's characters.
BOUNDS = frozenset({"enum", "pattern", "const"})
HARMLESS_TYPES = frozenset({"integer", "number", "boolean", "null"})
HARMLESS_FORMATS = frozenset({"date", "date-time", "time", "ipv4", "ipv6", "uuid"})
