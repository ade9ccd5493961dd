"""One-time codes: of an authenticator (TOTP, RFC 6238: SHA-1, six digits, 30 seconds), and those for when it is lost."""

import hmac
import io
import secrets

import pyotp
import segno

from models.base.secret import decrypt, encrypt, sign

PURPOSE = "two-factor secrets"
ISSUER = "Remit"
SECONDS = 30
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are read for another
COUNT, LENGTH = 10, 10  # of recovery codes, and letters in each: 49 bits


def new_secret(user_id):
    """A new secret, encrypted for the person: 160 bits in Base32."""
    return encrypt(PURPOSE, pyotp.random_base32(), user_id)


def enrolment(two_factor, email):
    """What an authenticator needs to know, in three forms; it is shown once."""
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


def step_of(two_factor, code, moment):
    """The step of time whose code it is: the present one, the one before or after; None when it is not, or was used."""
    totp = pyotp.TOTP(decrypt(PURPOSE, two_factor.secret, two_factor.user_id))
    present = int(moment.timestamp()) // SECONDS
    least = -1 if two_factor.last_step is None else two_factor.last_step
    good = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(totp.generate_otp(step), code)
    ]
    return next((step for step in good if step > least), None)


def new_recovery_codes():
    """Ten codes as they are shown: ``xxxxx-xxxxx``."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(COUNT)]
    return [f"{code[:5]}-{code[5:]}" for code in made]


def recovery_digest(user_id, code):
    """How a recovery code is kept, in whatever case and with or without its hyphen."""
    plain = code.lower().replace("-", "")
    return sign("recovery codes", f"{user_id} {plain}".encode()).hex()


def recovery_digests(user_id, codes):
    return [recovery_digest(user_id, code) for code in codes]
