static const int8_t weights_$n[] = {
$weights
};

$constants
/* Convolution ${rows}x$columns, $inputs to $outputs channels. */
static void operation_$n(int8_t *arena, int32_t y)
{
    const int8_t *rows[$rows];
    int8_t *to = start_row(arena, &maps[$output], y);
    for (int32_t row = 0; row < $rows; row++) {
        rows[row] = find_row(arena, &maps[$input], y + row - $above) - $left_bytes;
    }
    for (int32_t x = 0; x < WIDTH; x++) {
        const int8_t *w = weights_$n;
        for (int32_t o = 0; o < $outputs; o += $group) {
$starts
            for (int32_t row = 0; row < $rows; row++) {
                const int8_t *from = rows[row] + x * $inputs;
                for (int32_t i = 0; i < $taps; i += $unrolled) {
                    int32_t value;
                    int32_t product;
$products
                    from += $unrolled;
                    w += $unrolled * $group;
                }
            }
$results
            to += $group;
        }
    }
}
