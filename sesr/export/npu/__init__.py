"""Networks for Arm Ethos-U: tiles, Vela, and the folder that is flashed."""
