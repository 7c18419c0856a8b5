/* Start of an Arm Cortex-M without an operating system, for QEMU's boards.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t stack_top[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];

int main(void);
void initialise_monitor_handles(void);
void reset(void);
void _init(void);
void _fini(void);

void _init(void)
{
}

void _fini(void)
{
}

void reset(void)
{
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20; /* the floating-point unit, for printf */
    for (uint32_t *word = bss_start; word < bss_end; word++) {
        *word = 0U;
    }
    initialise_monitor_handles();
    exit(main());
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {stack_top, reset};
