"""The settings of the address where operators and their programs look in (``REMIT_`` and their name)."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

MIN_OPERATOR_PASSWORD = 16  # characters


class OperatorSettings(BaseSettings):
    """A part of :class:`models.base.settings.Settings`."""

    metrics_address: str = Field(
        "",
        description="HOST:PORT where Prometheus reads the metrics of server and worker, without authentication; empty: nowhere.",
    )
    operator_password: SecretStr = Field(
        SecretStr(""),
        description="Password of the operators' page of the queue, /queue at REMIT_METRICS_ADDRESS, of at least 16 characters; "
        "empty: there is none.",
    )

    @field_validator("operator_password")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < MIN_OPERATOR_PASSWORD:
            raise ValueError(f"write at least {MIN_OPERATOR_PASSWORD} characters, made by chance")
        return value
