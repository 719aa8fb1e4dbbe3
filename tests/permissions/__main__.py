"""Writes the tables of docs/permissions.md anew: python -m tests.permissions"""

from tests.permissions.document import COMING_BACK, made, made_of_coming_back, write
from tests.permissions.playing import WAYS, coming_back, tried
from tests.permissions.states import STATES

if __name__ == "__main__":
    for state in STATES:  # the first one first: the others say what differs from it
        write({state.title: made(state.title, tried(state, "rooms"))})
    outcomes = {(each.title, way): coming_back(each, way) for each in STATES for way in WAYS}
    write({COMING_BACK: made_of_coming_back(outcomes)})
