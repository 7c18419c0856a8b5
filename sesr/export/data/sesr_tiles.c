/* SPDX-License-Identifier: Apache-2.0 */
#include "sesr_tiles.h"

#define PIXEL_OFFSET 128

/* One axis of a tile: it reads from `start`, and its results are kept from `keep_start` to
 * `keep_stop`, all in pixels of the small image. */
typedef struct {
    int start;
    int keep_start;
    int keep_stop;
} window;

static window next_window(int kept, int length, int tile, int halo)
{
    window found;
    found.start = kept > halo ? kept - halo : 0;
    if (found.start > length - tile) {
        found.start = length - tile;
    }
    found.keep_start = kept;
    found.keep_stop = found.start + tile == length ? length : found.start + tile - halo;
    return found;
}

static void gather(const sesr_tile_shape *shape, const uint8_t *image, int image_width, window row,
                   window column, int8_t *tile)
{
    const size_t bytes = (size_t)shape->width * (size_t)shape->channels;
    for (int y = 0; y < shape->height; y++) {
        const size_t above = ((size_t)row.start + (size_t)y) * (size_t)image_width;
        const size_t pixel = above + (size_t)column.start;
        const uint8_t *from = image + pixel * (size_t)shape->channels;
        int8_t *to = tile + (size_t)y * bytes;
        for (size_t i = 0; i < bytes; i++) {
            const int value = (int)from[i] - PIXEL_OFFSET;
            to[i] = (int8_t)value;
        }
    }
}

static void scatter(const sesr_tile_shape *shape, const int8_t *tile, window row, window column,
                    int image_width, uint8_t *output)
{
    const size_t channels = (size_t)shape->channels;
    const size_t output_width = (size_t)image_width * (size_t)shape->scale;
    const size_t tile_width = (size_t)shape->width * (size_t)shape->scale;
    const size_t left = (size_t)column.keep_start * (size_t)shape->scale;
    const int skipped_columns = column.keep_start - column.start;
    const int kept_columns = column.keep_stop - column.keep_start;
    const size_t skipped = (size_t)skipped_columns * (size_t)shape->scale;
    const size_t bytes = (size_t)kept_columns * (size_t)shape->scale * channels;
    const int first = row.start * shape->scale;
    for (int y = row.keep_start * shape->scale; y < row.keep_stop * shape->scale; y++) {
        const size_t tile_row = (size_t)y - (size_t)first;
        const int8_t *from = tile + (tile_row * tile_width + skipped) * channels;
        uint8_t *to = output + ((size_t)y * output_width + left) * channels;
        for (size_t i = 0; i < bytes; i++) {
            const int value = (int)from[i] + PIXEL_OFFSET;
            to[i] = (uint8_t)value;
        }
    }
}

int sesr_upscale(const sesr_tile_shape *shape, const uint8_t *image, int height, int width,
                 uint8_t *output, int8_t *input_tile, int8_t *output_tile, sesr_run_tile run,
                 void *context)
{
    window row = {0, 0, 0};
    if (shape->height <= 2 * shape->halo || shape->width <= 2 * shape->halo) {
        return SESR_TILE_TOO_SMALL;
    }
    if (height < shape->height || width < shape->width) {
        return SESR_IMAGE_TOO_SMALL;
    }
    while (row.keep_stop < height) {
        window column = {0, 0, 0};
        row = next_window(row.keep_stop, height, shape->height, shape->halo);
        while (column.keep_stop < width) {
            int failed;
            column = next_window(column.keep_stop, width, shape->width, shape->halo);
            gather(shape, image, width, row, column, input_tile);
            failed = run(context, input_tile, output_tile);
            if (failed != 0) {
                return failed;
            }
            scatter(shape, output_tile, row, column, width, output);
        }
    }
    return SESR_OK;
}
