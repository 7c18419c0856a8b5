/* Four inputs of one axis, at the points 0, 1, -1 and infinity. */
static void transform_line(const int32_t *d, int32_t *to)
{
$transform
}

/* Four by four inputs of one channel, to $products numbers. */
static void transform_inputs(const int8_t *const *rows, int32_t step, int16_t *to)
{
    int32_t lines[16];
    int32_t d[4];
    int32_t p[4];
    for (int32_t column = 0; column < 4; column++) {
        for (int32_t k = 0; k < 4; k++) {
            d[k] = rows[k][column * step];
        }
        transform_line(d, p);
        for (int32_t k = 0; k < 4; k++) {
            lines[4 * k + column] = p[k];
        }
    }
    for (int32_t k = 0; k < 4; k++) {
        transform_line(&lines[4 * k], p);
        for (int32_t j = 0; j < 4; j++) {
            to[(4 * k + j) * step] = (int16_t)p[j];
        }
    }
}
