/* One axis of it, to $outputs outputs. */
static void recover_line_$outputs(const uint32_t *s, uint32_t *to, int32_t step)
{
$recover
}
