/* Enlarges image.bin to enlarged.bin, tile by tile, and counts the instructions.
 *
 * Both are raw, 8 bits, IMAGE_HEIGHT rows of IMAGE_WIDTH pixels and the same enlarged. The timer
 * ticks every so many instructions under QEMU's option -icount shift=0; a loop of a known length
 * says how many.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "sesr_network.h"
#include "sesr_tiles.h"

#define IMAGE_BYTES (IMAGE_HEIGHT * IMAGE_WIDTH * SESR_CHANNELS)
#define ENLARGED_BYTES (IMAGE_BYTES * SESR_SCALE_FACTOR * SESR_SCALE_FACTOR)
#define TIMER ((volatile uint32_t *)0xE000E010U)
#define TIMER_MASK 0xFFFFFFU
#define CALIBRATION 4000000U

static uint8_t image[IMAGE_BYTES];
static uint8_t enlarged[ENLARGED_BYTES];
static int8_t in[SESR_INPUT_BYTES];
static int8_t out[SESR_OUTPUT_BYTES];
static int8_t arena[SESR_ARENA_BYTES];
static uint64_t ticks;

/* Runs the network and counts; one tile must take less than the timer's 24 bits. */
static int run_counted(void *context, const int8_t *tile, int8_t *result)
{
    const uint32_t before = TIMER[2];
    const int failed = sesr_run_network(context, tile, result);
    ticks += (before - TIMER[2]) & TIMER_MASK;
    return failed;
}

/* Ticks of two instructions, CALIBRATION times. */
static uint32_t calibrate(void)
{
    uint32_t count = CALIBRATION;
    const uint32_t before = TIMER[2];
    __asm volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(count) : : "cc");
    return (before - TIMER[2]) & TIMER_MASK;
}

int main(void)
{
    const sesr_tile_shape shape = {SESR_TILE_HEIGHT, SESR_TILE_WIDTH, SESR_CHANNELS,
                                   SESR_SCALE_FACTOR, SESR_HALO};
    FILE *file = fopen("image.bin", "rb");
    uint32_t calibrated;
    if ((file == NULL) || (fread(image, 1, sizeof image, file) != sizeof image)) {
        return 1;
    }
    (void)fclose(file);
    TIMER[1] = TIMER_MASK;
    TIMER[0] = 5U;
    calibrated = calibrate();
    if (sesr_upscale(&shape, image, IMAGE_HEIGHT, IMAGE_WIDTH, enlarged, in, out, run_counted,
                     arena) != SESR_OK) {
        return 2;
    }
    file = fopen("enlarged.bin", "wb");
    if ((file == NULL) || (fwrite(enlarged, 1, sizeof enlarged, file) != sizeof enlarged)) {
        return 3;
    }
    (void)fclose(file);
    printf("%lu instructions in %lu ticks\n",
           (unsigned long)(ticks * 2U * CALIBRATION / calibrated), (unsigned long)ticks);
    return 0;
}
