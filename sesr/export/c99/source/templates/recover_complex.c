/* Sums of products of one channel, $group apart, to $rows by $columns outputs, times 16. All of it
 * is modulo 2**32, where the outputs are exact whatever lies between. */
static void recover_${rows}x$columns(const uint32_t *sums, uint32_t *to)
{
    uint32_t lines[6][$columns];
    uint32_t p[6];
    uint32_t q[6];
    for (int32_t k = 0; k < 4; k++) {
        const uint32_t *z = &sums[(16 + 3 * k) * $group];
        for (int32_t j = 0; j < 4; j++) {
            p[j] = sums[(4 * k + j) * $group];
        }
        p[4] = 2U * (z[0] - z[2 * $group]);
        p[5] = 2U * (z[0] + z[$group]);
        recover_line_$columns(p, lines[k], 1);
    }
    for (int32_t k = 0; k < 4; k++) {
        const uint32_t *z = &sums[(28 + 3 * k) * $group];
        p[k] = z[0] - z[2 * $group];
        q[k] = z[0] + z[$group];
    }
    {
        const uint32_t *z = &sums[40 * $group];
        const uint32_t re = z[0] - z[2 * $group];
        const uint32_t im = z[0] + z[$group];
        const uint32_t other_re = z[3 * $group] - z[5 * $group];
        const uint32_t other_im = z[3 * $group] + z[4 * $group];
        p[4] = re + other_re;
        p[5] = im - other_im;
        q[4] = im + other_im;
        q[5] = other_re - re;
    }
    recover_line_$columns(p, lines[4], 1);
    recover_line_$columns(q, lines[5], 1);
    for (int32_t column = 0; column < $columns; column++) {
        for (int32_t k = 0; k < 6; k++) {
            p[k] = (k < 4) ? lines[k][column] : 2U * lines[k][column];
        }
        recover_line_$rows(p, &to[column], $columns);
    }
}
