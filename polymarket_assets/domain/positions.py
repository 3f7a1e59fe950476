"""One holding of one token: what it cost, what it earned, what it is worth.

Total cost is kept, not a rounded average, so realised plus unrealised profit always equals cash out
minus cash in plus value. Fees belong to the cost of a buy and reduce the proceeds of a sale.

Belongs here: the arithmetic of buying, selling and settling. Not here: rows (store/) or the moment
at which something happens (executor/).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from polymarket_assets.domain.money import MICRO, Micros


@dataclass(frozen=True)
class Holding:
    """Shares held, their remaining cost with fees, and profit realised so far, in micro-units."""

    size: Micros = 0
    cost: Micros = 0
    realized: Micros = 0

    def bought(self, size: Micros, notional: Micros, fee: Micros) -> Holding:
        """After buying `size` for `notional` plus `fee`."""
        return replace(self, size=self.size + size, cost=self.cost + notional + fee)

    def sold(self, size: Micros, notional: Micros, fee: Micros) -> Holding:
        """After selling `size` for `notional` minus `fee`.

        Raises:
            ValueError: more is sold than held; there is no shorting.
        """
        if size > self.size:
            msg = f"cannot sell {size} micro-shares, {self.size} are held"
            raise ValueError(msg)
        # The whole cost leaves with the last share, so rounding down here loses nothing.
        released = self.cost if size == self.size else self.cost * size // self.size
        return Holding(
            size=self.size - size,
            cost=self.cost - released,
            realized=self.realized + notional - fee - released,
        )

    def payout(self, per_share: Micros) -> Micros:
        """What redeeming everything at `per_share` pays; fractions of a millionth are lost."""
        return self.size * per_share // MICRO

    def settled(self, per_share: Micros) -> Holding:
        """After redeeming everything at `per_share`."""
        return self.sold(self.size, self.payout(per_share), 0)

    def value(self, mark: Micros) -> Micros:
        """Worth at `mark` per share, rounded down."""
        return self.size * mark // MICRO

    def unrealized(self, mark: Micros) -> Micros:
        """Profit that selling at `mark` would add, before fees."""
        return self.value(mark) - self.cost
