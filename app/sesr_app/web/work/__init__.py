"""The work behind the tabs: the functions of the commands, with progress and an end at any time."""
