/* $name: enlarges tiles of ${width}x$height pixels $scale times.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SESR_NETWORK_H
#define SESR_NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESR_NAME "$name"
#define SESR_SCALE_FACTOR $scale
#define SESR_CHANNELS $channels
#define SESR_TILE_HEIGHT $height
#define SESR_TILE_WIDTH $width
#define SESR_HALO $halo
#define SESR_INPUT_BYTES $input_bytes
#define SESR_OUTPUT_BYTES $output_bytes
#define SESR_ARENA_BYTES $arena_bytes

/* Enlarge one tile. Values are pixel - 128, channels last.
 *
 * in     SESR_TILE_HEIGHT rows of SESR_TILE_WIDTH pixels, SESR_INPUT_BYTES
 * out    the same, SESR_SCALE_FACTOR times as high and wide, SESR_OUTPUT_BYTES
 * arena  SESR_ARENA_BYTES of any alignment, its content does not matter; none overlaps another
 */
void sesr_upscale_tile(const int8_t *in, int8_t *out, void *arena);

/* The same for the loop of sesr_tiles.h: the context is the arena; returns 0. */
int sesr_run_network(void *arena, const int8_t *in, int8_t *out);

#ifdef __cplusplus
}
#endif

#endif
