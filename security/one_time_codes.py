"""One-time codes: of an authenticator (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), and those for when it is lost."""

import hmac
import io
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyotp
import segno

from models.base.secret import decrypt, encrypt, sign
from models.identity.two_factor import TwoFactor

PURPOSE = "two-factor secrets"
ISSUER = "Remit"
STEP_SECONDS = 30
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # of recovery codes: without those that are read for another
RECOVERY_CODES, RECOVERY_CODE_LETTERS = 10, 10  # 49 bits each


def new_secret(user_id: str) -> str:
    """A new secret, encrypted for the person: 160 bits in Base32."""
    return encrypt(PURPOSE, pyotp.random_base32(), user_id)


def enrolment(two_factor: TwoFactor, email: str) -> dict[str, Any]:
    """The row, and the secret for an authenticator in three forms: Base32, an ``otpauth`` URL, and a QR code as SVG."""
    secret = decrypt(PURPOSE, two_factor.secret, two_factor.user_id)
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    drawn = io.BytesIO()
    segno.make(address, micro=False).save(drawn, kind="svg", scale=4, xmldecl=False, nl=False)
    return {
        "two_factor": two_factor,
        "shared_secret": secret,
        "otpauth_url": address,
        "qr_svg": drawn.getvalue().decode(),
    }


def step_of(two_factor: TwoFactor, code: str, moment: datetime) -> int | None:
    """The number of the time step (RFC 6238) that the code is of: the present one, the one before or after it.

    None when the code is of none of these, or not of a later one than was used last.
    """
    totp = pyotp.TOTP(decrypt(PURPOSE, two_factor.secret, two_factor.user_id))
    present = int(moment.timestamp()) // STEP_SECONDS
    last_used = -1 if two_factor.last_step is None else two_factor.last_step
    matches = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(totp.generate_otp(step), code)
    ]
    return next((step for step in matches if step > last_used), None)


def new_recovery_codes() -> list[str]:
    """Ten new codes as people see them: ``xxxxx-xxxxx``."""
    codes = [
        "".join(secrets.choice(LETTERS) for _ in range(RECOVERY_CODE_LETTERS)) for _ in range(RECOVERY_CODES)
    ]
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_digest(user_id: str, code: str) -> str:
    """The keyed digest by which a recovery code is stored; upper case and hyphens do not matter."""
    plain = code.lower().replace("-", "")
    return sign("recovery codes", f"{user_id} {plain}".encode()).hex()


def recovery_digests(user_id: str, codes: Iterable[str]) -> list[str]:
    return [recovery_digest(user_id, code) for code in codes]
