"""Two trees, one base, one plan.

`scan` reads both sides, `plan` decides (a pure function of what was read, the base and the policy),
`guard` stops what looks like an accident, `apply` carries the plan out through the `Endpoint`s, and
`state` remembers what both sides held. Nothing here knows Home Assistant.
"""
