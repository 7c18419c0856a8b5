"""Convolutions with few multiplications: Winograd's, over the rational and the complex integers.

A tile of outputs is A [(G g) o (B d)] / factor along either axis, where o multiplies element by
element. The polynomials behind it are evaluated at points: 0, 1, -1 and infinity, or these and i
and -i, where results are conjugates of each other, so that one of two is enough.

Reference: Meng and Brothers, "Efficient Winograd convolution via integer arithmetic", 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATIONAL_POINTS = (0, 1, -1)
COMPLEX_POINTS = (0, 1, -1, 1j, -1j)
"""Points beside infinity; the last two are conjugates if one is not real."""

_ROUNDING = 1e-9

Matrix = npt.NDArray[np.complex128]
"""Of small Gaussian integers, which float64 holds exactly."""


@dataclass(frozen=True, slots=True)
class Winograd:
    """One axis of a convolution.

    Attributes:
        points: `RATIONAL_POINTS` or `COMPLEX_POINTS`.
        taps: of the kernel along this axis.

    Example:
        >>> one = Winograd(COMPLEX_POINTS, 3)
        >>> one.size, one.outputs, one.products, one.factor
        (6, 4, 46, 4)
        >>> one.inputs_matrix()[3]
        array([ 0.+0.j,  0.-1.j, -1.+0.j,  0.+1.j,  1.+0.j,  0.+0.j])
    """

    points: tuple[complex, ...]
    taps: int

    @property
    def size(self) -> int:
        """Inputs of a tile: as many as points, infinity among them."""
        return len(self.points) + 1

    @property
    def outputs(self) -> int:
        """Outputs of a tile."""
        return self.size - self.taps + 1

    @property
    def is_complex(self) -> bool:
        """Whether two of the points are not real."""
        return any(isinstance(point, complex) for point in self.points)

    @property
    def reals(self) -> tuple[int, ...]:
        """Indices of the real points, infinity last."""
        return (*range(3), self.size - 1)

    @property
    def products(self) -> int:
        """Multiplications of integers in a tile of two axes.

        Of the conjugates one is computed, with three multiplications.
        """
        real = len(self.reals)
        return real**2 + (3 * (2 * real + 2) if self.is_complex else 0)

    @property
    def factor(self) -> int:
        """By how much the outputs are too large, along this axis."""
        return 4 if self.is_complex else 2

    def inputs_matrix(self) -> Matrix:
        """B, (size, size): the transform of the inputs."""
        rows = []
        for index, point in enumerate(self.points):
            others = [other for place, other in enumerate(self.points) if place != index]
            scale = self.factor / np.prod([point - other for other in others])
            rows.append([*(_polynomial(others) * scale), 0])
        rows.append(list(_polynomial(list(self.points)) * self.factor))
        return _exact(rows)

    def filter_matrix(self) -> Matrix:
        """G, (size, taps): the transform of the kernel."""
        return _exact([*_powers(self.points, self.taps), _last(self.taps)])

    def outputs_matrix(self) -> Matrix:
        """A, (outputs, size): back from the products."""
        return _exact([*_powers(self.points, self.outputs), _last(self.outputs)]).T


def transform_filters(
    kernel: npt.NDArray[np.int8], points: tuple[complex, ...], shift: int = 0
) -> npt.NDArray[np.int64]:
    """Kernels as the numbers that inputs are multiplied by.

    Args:
        kernel: (h, w, inputs, outputs).
        points: `RATIONAL_POINTS` or `COMPLEX_POINTS`.
        shift: bits that the transformed kernels lose at their lower end, rounded to nearest.

    Returns:
        (products, inputs, outputs): first those of real points, then three for each that is not:
        re, im - re and re + im.
    """
    rows, columns = (Winograd(points, taps) for taps in kernel.shape[:2])
    transformed = np.einsum(
        "ah,bw,hwio->abio", rows.filter_matrix(), columns.filter_matrix(), kernel.astype(float)
    )
    # Before three numbers are made of one: a product of complex numbers needs them to agree.
    transformed = np.rint(transformed.real / 2**shift) + 1j * np.rint(transformed.imag / 2**shift)
    reals = rows.reals
    slots = [transformed[a, b].real for a in reals for b in reals]
    if rows.is_complex:
        i, conjugate = 3, 4
        places = [*((a, i) for a in reals), *((i, b) for b in reals), (i, i), (i, conjugate)]
        for a, b in places:
            re, im = transformed[a, b].real, transformed[a, b].imag
            slots += [re, im - re, re + im]
    return np.rint(slots).astype(np.int64)


def filter_shift(kernel: npt.NDArray[np.int8], points: tuple[complex, ...], bits: int) -> int:
    """By how many bits transformed filters are shifted down to fit a width.

    Args:
        kernel, points: as for `transform_filters`.
        bits: of each number, its sign among them; 0 for as many as it has.

    Example:
        >>> kernel = np.full((3, 3, 1, 1), 127, np.int8)
        >>> [filter_shift(kernel, COMPLEX_POINTS, bits) for bits in (0, 12, 9, 8)]
        [0, 0, 3, 4]
    """
    shift = 0
    while bits and np.abs(transform_filters(kernel, points, shift)).max() >= 2 ** (bits - 1):
        shift += 1
    return shift


def _polynomial(roots: list[complex]) -> Matrix:
    """Coefficients of the product of x - root, from the lowest power up."""
    found = np.ones(1, np.complex128)
    for root in roots:
        found = np.convolve(found, [-root, 1])
    return found


def _powers(points: tuple[complex, ...], count: int) -> list[list[complex]]:
    return [[complex(point) ** power for power in range(count)] for point in points]


def _last(count: int) -> list[complex]:
    """At infinity only the highest power counts."""
    return [*([0] * (count - 1)), 1]


def _exact(rows: list[list[complex]]) -> Matrix:
    found = np.array(rows, np.complex128)
    rounded: Matrix = np.rint(found.real) + 1j * np.rint(found.imag)
    # Powers and quotients of complex numbers come within a rounding of Gaussian integers.
    if np.abs(found - rounded).max() > _ROUNDING:
        raise ValueError("the points give no transform in Gaussian integers")
    return rounded + 0
