/* Six inputs of one axis, at the points 0, 1, -1, infinity, and i: real and imaginary part. */
static void transform_line(const int32_t *d, int32_t *to)
{
$transform
}

/* Three numbers for a product of complex ones with three multiplications. */
static void put_complex(int32_t re, int32_t im, int16_t *to, int32_t step)
{
    to[0] = (int16_t)(re + im);
    to[step] = (int16_t)re;
    to[2 * step] = (int16_t)im;
}

/* Six by six inputs of one channel, to $products numbers. */
static void transform_inputs(const int8_t *const *rows, int32_t step, int16_t *to)
{
    int32_t lines[36];
    int32_t d[6];
    int32_t p[6];
    int32_t q[6];
    for (int32_t column = 0; column < 6; column++) {
        for (int32_t k = 0; k < 6; k++) {
            d[k] = rows[k][column * step];
        }
        transform_line(d, p);
        for (int32_t k = 0; k < 6; k++) {
            lines[6 * k + column] = p[k];
        }
    }
    for (int32_t k = 0; k < 4; k++) {
        transform_line(&lines[6 * k], p);
        for (int32_t j = 0; j < 4; j++) {
            to[(4 * k + j) * step] = (int16_t)p[j];
        }
        put_complex(p[4], p[5], to + (16 + 3 * k) * step, step);
    }
    transform_line(&lines[24], p);
    transform_line(&lines[30], q);
    for (int32_t k = 0; k < 4; k++) {
        put_complex(p[k], q[k], to + (28 + 3 * k) * step, step);
    }
    put_complex(p[4] - q[5], p[5] + q[4], to + 40 * step, step);
    put_complex(p[4] + q[5], q[4] - p[5], to + 43 * step, step);
}
