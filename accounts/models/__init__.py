from accounts.models.api_token import ApiToken
from accounts.models.clock import Clock, Tick, joint_tick, tick
from accounts.models.credential import Credential
from accounts.models.device_request import DeviceRequest
from accounts.models.grant import Grant
from accounts.models.mail_link import MailLink
from accounts.models.oauth_client import OAuthClient
from accounts.models.otp import SecondFactor
from accounts.models.session import Session
from accounts.models.throttle import ThrottleCounter
from accounts.models.user import User

__all__ = [
    "ApiToken",
    "Clock",
    "Credential",
    "DeviceRequest",
    "Grant",
    "MailLink",
    "OAuthClient",
    "SecondFactor",
    "Session",
    "ThrottleCounter",
    "Tick",
    "User",
    "joint_tick",
    "tick",
]
