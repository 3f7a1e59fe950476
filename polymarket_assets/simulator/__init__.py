"""Who we pretend to ask: a venue on localhost that generates seeded days and serves them over HTTP.

Belongs here: the invented world (events, prices, wallets, fills, results), the venue's documented
answers and quirks over it, faults, and the truth ledger one can check against. Does not belong
here: anything the platform itself uses to read a venue; the simulator shares no parsing, pricing
or fee code with it, so that a mistake on one side shows on the other.

    world      listing → paths → orders → matching → World   (deterministic by seed)
    answers    gamma_* · data_* · clob_*                     (only what the clock has reached)
    Kalshi     kalshi_listing → kalshi_tape → kalshi_shapes · kalshi_routes  (beside that world)
    service    server · gate · faults · limits · control · process
"""
