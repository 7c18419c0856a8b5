static const int${width}_t filters_$n[] = {
$weights
};

$constants
/* Convolution ${rows}x$columns, $inputs to $outputs channels, in tiles of ${tile_rows}x$tile_columns
 * with $products products of every two channels instead of $macs. */
static void operation_$n(int8_t *arena, int32_t y)
{
    const int8_t *rows[$size];
    int8_t *lines[$tile_rows];
    const int32_t high = (HEIGHT - y < $tile_rows) ? (HEIGHT - y) : $tile_rows;
    for (int32_t row = 0; row < $size; row++) {
        rows[row] = find_row(arena, &maps[$input], y + row - $above) - $left_bytes;
    }
    for (int32_t row = 0; row < high; row++) {
        lines[row] = start_row(arena, &maps[$output], y + row);
    }
    for (int32_t x = 0; x < WIDTH; x += $tile_columns) {
        int16_t data[$products * $inputs];
        const int${width}_t *f = filters_$n;
        const int32_t wide = (WIDTH - x < $tile_columns) ? (WIDTH - x) : $tile_columns;
        for (int32_t c = 0; c < $inputs; c++) {
            transform_inputs(rows, $inputs, &data[c]);
            for (int32_t row = 0; row < $size; row++) {
                rows[row]++;
            }
        }
        for (int32_t row = 0; row < $size; row++) {
            rows[row] += ($tile_columns - 1) * $inputs;
        }
        for (int32_t o = 0; o < $outputs; o += $group) {
            uint32_t sums[$products * $group];
            const int16_t *d = data;
            for (int32_t k = 0; k < $products; k++) {
$starts
                for (int32_t c = 0; c < $inputs; c += $unrolled) {
                    int32_t value;
                    int32_t product;
$products_of
                    d += $unrolled;
                    f += $unrolled * $group;
                }
$stores
            }
            for (int32_t j = 0; j < $group; j++) {
                uint32_t outputs[$tile_rows * $tile_columns];
                recover_${tile_rows}x$tile_columns(&sums[j], outputs);
                for (int32_t row = 0; row < high; row++) {
                    int8_t *to = &lines[row][x * $outputs + o + j];
                    for (int32_t column = 0; column < wide; column++) {
                        const int32_t found = (int32_t)outputs[row * $tile_columns + column];
                        const int32_t sum_0 = ($exact) + bias_$n[o + j];
                        *to = $result;
                        to += $outputs;
                    }
                }
            }
        }
    }
}
