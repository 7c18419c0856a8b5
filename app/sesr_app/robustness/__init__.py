"""`sesr robustness`: what a defence is worth, and training one."""
