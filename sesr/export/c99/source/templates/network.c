/* $name: enlarges tiles of ${width}x$height pixels $scale times.
 *
 * Generated; integers only, nothing is allocated. A feature map is a ring of rows in the arena:
 * row y lies where y modulo the ring's length says. Every row has a margin on both sides that
 * holds the map's zero point, which is what convolutions pad with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sesr_network.h"

#define HEIGHT $height
#define WIDTH $width

/* C99 leaves both of these to the compiler; every one for such boards does so, others stop here. */
typedef char sesr_shift_copies_the_sign[((-1) >> 1) == -1 ? 1 : -1];
typedef char sesr_numbers_wrap[((int32_t)UINT32_MAX) == -1 ? 1 : -1];

typedef struct {
    int32_t offset; /* of the first row in the arena */
    int32_t rows;   /* that the ring holds */
    int32_t stride; /* bytes from one row to the next */
    int32_t margin; /* bytes before the first pixel of a row */
    int32_t bytes;  /* of the pixels of a row */
    int32_t blank;  /* offset of a row of zero points, for rows outside the image */
    int8_t zero;    /* the zero point */
} feature_map;

static const feature_map maps[] = {
$maps
};

static void fill(int8_t *to, int32_t bytes, int8_t value)
{
    for (int32_t i = 0; i < bytes; i++) {
        to[i] = value;
    }
}

/* The first pixel of a row that is about to be written. */
static int8_t *start_row(int8_t *arena, const feature_map *map, int32_t y)
{
    int8_t *row = arena + map->offset + (y % map->rows) * map->stride;
    int8_t *pixels = row + map->margin;
    fill(row, map->margin, map->zero);
    fill(pixels + map->bytes, map->stride - map->margin - map->bytes, map->zero);
    return pixels;
}

/* The first pixel of a row to read, which may lie above or below the image. */
static const int8_t *find_row(const int8_t *arena, const feature_map *map, int32_t y)
{
    int32_t offset = map->blank;
    if ((y >= 0) && (y < HEIGHT)) {
        offset = map->offset + (y % map->rows) * map->stride;
    }
    return arena + offset + map->margin;
}

/* value * multiplier / 2**31, and that / 2**shift, each rounded to nearest as LiteRT does. */
static int32_t rescale(int32_t value, int32_t multiplier, int32_t shift)
{
    const int64_t product = ((int64_t)value * multiplier) + 1073741824;
    const int32_t high = (int32_t)(product >> 31);
    const uint32_t mask = ((uint32_t)1U << (uint32_t)shift) - 1U;
    const uint32_t half = (mask >> 1U) + ((high < 0) ? 1U : 0U);
    return (high >> shift) + ((((uint32_t)high & mask) > half) ? 1 : 0);
}

static int8_t limit(int32_t value, int32_t low, int32_t high)
{
    const int32_t above = (value < low) ? low : value;
    return (int8_t)((above > high) ? high : above);
}

/* Copies a row of the image. */
static void operation_0(const int8_t *in, int8_t *arena, int32_t y)
{
    const int8_t *from = in + y * $image_bytes;
    int8_t *to = start_row(arena, &maps[0], y);
    for (int32_t i = 0; i < $image_bytes; i++) {
        to[i] = from[i];
    }
}

$operations
$schedule
int sesr_run_network(void *arena, const int8_t *in, int8_t *out)
{
    sesr_upscale_tile(in, out, arena);
    return 0;
}
