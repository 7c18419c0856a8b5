/* Sums of products of one channel, $group apart, to $rows by $columns outputs, times 4; all of it
 * is modulo 2**32, where the outputs are exact whatever lies between. */
static void recover_${rows}x$columns(const uint32_t *sums, uint32_t *to)
{
    uint32_t lines[4][$columns];
    uint32_t p[4];
    for (int32_t k = 0; k < 4; k++) {
        for (int32_t j = 0; j < 4; j++) {
            p[j] = sums[(4 * k + j) * $group];
        }
        recover_line_$columns(p, lines[k], 1);
    }
    for (int32_t column = 0; column < $columns; column++) {
        for (int32_t k = 0; k < 4; k++) {
            p[k] = lines[k][column];
        }
        recover_line_$rows(p, &to[column], $columns);
    }
}
