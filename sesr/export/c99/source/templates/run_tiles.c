/* Enlarges tiles on a computer: raw int8 tiles come from stdin, the enlarged ones go to stdout.
 *
 *     cc -O2 -std=c99 run_tiles.c sesr_network.c -o run_tiles
 *     ./run_tiles < noise_input.bin | cmp - noise_output.bin
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "sesr_network.h"

static int8_t in[SESR_INPUT_BYTES];
static int8_t out[SESR_OUTPUT_BYTES];
static int8_t arena[SESR_ARENA_BYTES];

int main(void)
{
    while (fread(in, 1, sizeof in, stdin) == sizeof in) {
        sesr_upscale_tile(in, out, arena);
        if (fwrite(out, 1, sizeof out, stdout) != sizeof out) {
            return 1;
        }
    }
    return 0;
}
