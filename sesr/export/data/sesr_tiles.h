/* Enlarge an image of any size with a network for tiles of one size.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SESR_TILES_H
#define SESR_TILES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a tile is; sesr_network.h has the values of this network. */
typedef struct {
    int height;   /* of a tile in pixels of the small image */
    int width;
    int channels; /* of a pixel */
    int scale;    /* enlarged pixels for each small one, along either axis */
    int halo;     /* pixels at a tile's sides whose results are not kept */
} sesr_tile_shape;

/* Runs the network once: input (height, width, channels), output (height * scale, width * scale,
 * channels), both int8, pixel - 128. Returns 0 if all went well. */
typedef int (*sesr_run_tile)(void *context, const int8_t *input, int8_t *output);

enum {
    SESR_OK = 0,
    SESR_IMAGE_TOO_SMALL = -1, /* the image is smaller than a tile */
    SESR_TILE_TOO_SMALL = -2   /* a tile keeps nothing beyond its halo */
};

/* Enlarge an image, tile by tile, without a seam: the result is that of the whole image in one
 * piece. Tiles at the border are moved inside it. Nothing is allocated.
 *
 * image    height * width * channels bytes, channels last
 * output   height * width * channels * scale * scale bytes
 * input_tile, output_tile   room for one tile on either side of the network
 * run, context              the network
 *
 * Returns SESR_OK, an error above, or what `run` returned if that is not 0. */
int sesr_upscale(const sesr_tile_shape *shape, const uint8_t *image, int height, int width,
                 uint8_t *output, int8_t *input_tile, int8_t *output_tile, sesr_run_tile run,
                 void *context);

#ifdef __cplusplus
}
#endif

#endif
