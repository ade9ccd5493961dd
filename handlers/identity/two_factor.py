"""A second secret beside the password: enrolled, confirmed, used, and turned off."""

from models.base.unit_of_work import now
from models.identity.two_factor import OneTimeCodeWrong, TwoFactor
from models.identity.users import User
from security import attempts, one_time_codes
from security.reauthentication import reauthenticate


def get_two_factor(caller):
    return caller.permit(TwoFactor.of(caller.user_id))


def enrol_two_factor(body, caller):
    user = caller.find(User, caller.user_id)
    TwoFactor.of(user.id).refuse_when_on()
    reauthenticate(caller, body, user)
    two_factor = TwoFactor.enrol(user, one_time_codes.new_secret(user.id))
    return one_time_codes.enrolment(two_factor, user.email), 201


def confirm_two_factor(body, caller):
    two_factor = caller.find(TwoFactor, TwoFactor.enrolled_of(caller.user_id))
    two_factor.refuse_when_on()
    step = one_time_codes.step_of(two_factor, body["one_time_code"], now())
    if not attempts.check_attempt(
        attempts.CODE, two_factor.user.email, step is not None, user=two_factor.user
    ):
        raise OneTimeCodeWrong()
    codes = one_time_codes.new_recovery_codes()
    two_factor.turn_on(step, one_time_codes.recovery_digests(caller.user_id, codes))
    return {"two_factor": two_factor, "recovery_codes": codes}


def create_recovery_codes(body, caller):
    user = caller.find(User, caller.user_id)
    reauthenticate(caller, body, user)
    two_factor = caller.find(TwoFactor, TwoFactor.needed_of(user.id))
    codes = one_time_codes.new_recovery_codes()
    two_factor.replace_codes(one_time_codes.recovery_digests(user.id, codes))
    return {"two_factor": two_factor, "recovery_codes": codes}, 201


def deactivate_two_factor(body, caller):
    user = caller.find(User, caller.user_id)
    reauthenticate(caller, body, user)
    return caller.find(TwoFactor, TwoFactor.needed_of(user.id)).turn_off()
