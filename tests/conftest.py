"""For all tests: properties are judged by what comes out, never by how long it took."""

from hypothesis import settings

settings.register_profile("seatrial", deadline=None)
settings.load_profile("seatrial")
