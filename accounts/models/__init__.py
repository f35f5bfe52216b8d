from accounts.models.clock import Clock, tick, untick
from accounts.models.session import Session
from accounts.models.throttle import ThrottleCounter
from accounts.models.user import User

__all__ = ["Clock", "Session", "ThrottleCounter", "User", "tick", "untick"]
