#!/bin/sh
# Install what the tests of boards need: compilers and an emulator, on Debian and as root only.
# Where that is impossible those tests are skipped, so this never fails and says nothing.
have() { command -v "$1" >/dev/null; }

have arm-none-eabi-gcc && have qemu-system-arm && have clang && exit 0
[ "$(id -u)" = 0 ] && have apt-get || exit 0
get() { DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }
tools="gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm clang"
{ get install --no-install-recommends -y $tools || { get update && get install --no-install-recommends -y $tools; }; } \
    >/dev/null 2>&1 </dev/null
exit 0
