/* Addition of two maps with steps of their own. */
static void operation_$n(int8_t *arena, int32_t y)
{
    const int8_t *one = find_row(arena, &maps[$one], y);
    const int8_t *other = find_row(arena, &maps[$other], y);
    int8_t *to = start_row(arena, &maps[$output], y);
    for (int32_t x = 0; x < WIDTH; x++) {
        for (int32_t c = 0; c < $channels; c++) {
            const int32_t a = ((int32_t)one[c] - $one_zero) * $addition;
            const int32_t b = ((int32_t)other[$other_c] - $other_zero) * $addition;
            const int32_t sum = $one_value + $other_value;
            to[c] = limit($sum_value + $zero, $low, $high);
        }
        one += $channels;
        other += $other_channels;
        to += $channels;
    }
}
