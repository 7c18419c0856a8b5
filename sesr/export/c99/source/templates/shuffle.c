/* From channels to $scale rows of pixels. */
static void operation_$n(const int8_t *arena, int8_t *out, int32_t y)
{
    const int8_t *from = find_row(arena, &maps[$input], y);
    for (int32_t x = 0; x < WIDTH; x++) {
        for (int32_t dy = 0; dy < $scale; dy++) {
            int8_t *to = out + (y * $scale + dy) * $output_bytes + x * $pixel_bytes;
            for (int32_t i = 0; i < $pixel_bytes; i++) {
                to[i] = from[i];
            }
            from += $pixel_bytes;
        }
    }
}
